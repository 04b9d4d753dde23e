/** What a directory of policy says of its files, for faces that read it themselves. */
export { ignoredFileName, type PolicyMarks, readPolicyMarks } from "../language/tables/index.ts";
