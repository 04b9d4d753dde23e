/**
 * Reads what the repository's own files import and export, for tests about them. The code is laid out by oxfmt, so patterns suffice
 * where a parser would be exact; whoever uses them checks that they found something.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

export const repository = resolve(import.meta.dirname, "../../..");

/** One import; `to` is a path in the repository, or the name of a package or of a part of Node. */
export interface Import {
  readonly from: string;
  readonly to: string;
  /** The names as the other file exports them; `*` where all are taken or it cannot be told which. */
  readonly names: readonly string[];
}

interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  /** Names that are declared here, and names that are passed on. */
  readonly exports: readonly string[];
}

const STATEMENT = /^(?:import|export)\b(?:(?<what>[^'"();=]*?)\bfrom)?\s*["'](?<to>[^"'\n]+)["']/gm;
/** `import("x")`, of a value or of a type; a template or a variable cannot be followed. */
const DYNAMIC = /\bimport\(\s*["'](?<to>[^"'\n]+)["']\s*\)\)?(?:\.(?<name>\w+))?/g;
const DECLARED = /^export (?:async )?(?:abstract )?(?:function\*?|const|let|class|interface|type) (\w+)/gm;
const PASSED_ON = /^export (?:type )?\{([^}]*)\}/gm;

/** `a, type b, c as d` → pairs of the name there and the name here. */
function listedNames(list: string): readonly (readonly [string, string])[] {
  return list.split(",").flatMap((part) => {
    const [there, here] = part
      .trim()
      .replace(/^type /, "")
      .split(" as ");
    return there === undefined || there === "" ? [] : [[there, here ?? there] as const];
  });
}

function importedNames(what: string): readonly string[] {
  const braces = /\{([^}]*)\}/.exec(what)?.[1];
  return braces === undefined ? ["*"] : listedNames(braces).map(([there]) => there);
}

/** A comment may show an import that is none. */
const withoutComments = (text: string): string => text.replace(/^\s*(?:\*|\/\/|\/\*).*$/gm, "");

function targetOf(from: string, to: string): string {
  if (!to.startsWith(".")) return to;
  const path = join(dirname(from), to);
  return path.startsWith("build/") ? path.slice("build/".length).replace(/\.js$/, ".ts") : path;
}

function readSource(path: string): Source {
  const text = readFileSync(join(repository, path), "utf8");
  return { path, text, ...readImports(path, text) };
}

/** The same of a text that need not exist. */
export function readImports(path: string, text: string): Pick<Source, "imports" | "exports"> {
  const code = withoutComments(text);
  const statements = [...code.matchAll(STATEMENT)].map(({ groups = {} }) => ({
    from: path,
    to: targetOf(path, groups["to"] ?? ""),
    names: importedNames(groups["what"] ?? ""),
  }));
  const calls = [...code.matchAll(DYNAMIC)].map(({ groups = {} }) => ({
    from: path,
    to: targetOf(path, groups["to"] ?? ""),
    names: [groups["name"] ?? "*"],
  }));
  const declared = [...code.matchAll(DECLARED)].map(([, name = ""]) => name);
  const passed = [...code.matchAll(PASSED_ON)].flatMap(([, list = ""]) => listedNames(list).map(([, here]) => here));
  return { imports: [...statements, ...calls], exports: [...declared, ...passed] };
}

const CODE = /\.(?:ts|mjs|cjs)$/;

/** Every source file below these folders, tests among them. */
export function sourcesBelow(folders: readonly string[]): readonly Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => CODE.test(path) && !path.endsWith(".d.ts"))
      .toSorted()
      .map((path) => readSource(join(folder, path))),
  );
}

export const isTest = (path: string): boolean => path.endsWith(".test.ts");

/** Groups of files that import each other, types counted too; each is a cycle. */
export function importCycles(imports: readonly Import[]): readonly (readonly string[])[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) {
    next.set(from, [...(next.get(from) ?? []), to]);
    if (!next.has(to)) next.set(to, []);
  }
  const found: string[][] = [];
  const reaches = (from: string, wanted: string): boolean => {
    const seen = new Set<string>();
    const open = [...(next.get(from) ?? [])];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at === wanted) return true;
      if (seen.has(at)) continue;
      seen.add(at);
      open.push(...(next.get(at) ?? []));
    }
    return false;
  };
  const placed = new Set<string>();
  for (const file of [...next.keys()].filter((path) => reaches(path, path))) {
    if (placed.has(file)) continue;
    const group = [...next.keys()].filter(
      (other) => other === file || (!placed.has(other) && reaches(file, other) && reaches(other, file)),
    );
    for (const member of group) placed.add(member);
    found.push(group.toSorted());
  }
  return found;
}

/** Exports that nobody imports, not even a test, as `path name`. What a door gives to those who install the package is used by them. */
export function unusedExports(sources: readonly Source[], doors: ReadonlySet<string>): readonly string[] {
  const used = new Set(
    sources.flatMap(({ imports }) => imports.flatMap(({ names, to }) => names.map((name) => `${to} ${name}`))),
  );
  return sources.flatMap(({ exports, path }) =>
    doors.has(path) || isTest(path) || used.has(`${path} *`)
      ? []
      : exports.map((name) => `${path} ${name}`).filter((key) => !used.has(key)),
  );
}
