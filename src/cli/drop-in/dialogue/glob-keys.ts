/** What the keys (G)lob and Glob with (E)xtension make of a path (tools 19.1). */

/** One level wider. `/**` is where it ends: nothing is wider than everything. */
export function globbed(path: string): string {
  if (path === "/*" || path === "/**") return path;
  if (path.endsWith("/")) {
    const [directory, above] = lastTwo(path.slice(0, -1));
    if (directory === "**" || directory === "*") return `${parentOf(above)}/**/`;
    return directory.includes("**") ? `${above}/**/` : `${above}/*/`;
  }
  const [name, directory] = lastTwo(path);
  if (name === "**" || name === "*") return `${parentOf(directory)}/**`;
  return name.includes("**") ? `${directory}/**` : `${directory}/*`;
}

/** The same for files whose names end alike; the extension is all from the first dot on. */
export function globbedWithExtension(path: string): string {
  const [name, directory] = lastTwo(path);
  const dot = name.indexOf(".", name.startsWith(".") ? 1 : 0);
  if (dot < 0 || path.endsWith("/")) return path;
  const [stem, extension] = [name.slice(0, dot), name.slice(dot)];
  if (stem === "*") return `${parentOf(directory)}/**${extension}`;
  if (stem === "**") return `${parentOf(directory)}/**${extension}`;
  return stem.includes("**") ? `${directory}/**${extension}` : `${directory}/*${extension}`;
}

/** The last part of a path, and what is before its slash. */
function lastTwo(path: string): readonly [string, string] {
  const slash = path.lastIndexOf("/");
  return [path.slice(slash + 1), path.slice(0, Math.max(slash, 0))];
}

function parentOf(directory: string): string {
  return directory.slice(0, Math.max(directory.lastIndexOf("/"), 0));
}
