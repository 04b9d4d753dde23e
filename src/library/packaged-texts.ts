/**
 * The texts of the package that the library hands out as data, by their paths in the repository. They have one home, which is where they
 * are; the build puts them here (`scripts/library.mjs`), so that a browser has them, too. Before that there are none.
 */
export const packagedTexts: Readonly<Record<string, string>> = {};
