/**
 * Reads what the compiler says of the published modules (`.d.ts`): which names a door gives, and which other names each of them is made of. The
 * compiler lays these files out the same way always, so patterns suffice; whoever uses them checks that they found something.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A name where it is declared. */
export interface Declared {
  readonly file: string;
  readonly name: string;
}

interface Declaration {
  readonly text: string;
  /** The comment above it. */
  readonly comment: string;
}

interface Scope {
  readonly declarations: ReadonlyMap<string, Declaration>;
  /** Names from elsewhere, by the name here. */
  readonly imports: ReadonlyMap<string, Declared>;
  readonly passedOn: ReadonlyMap<string, Declared>;
  readonly stars: readonly string[];
}

/** Comments also stand inside types, so only those count as a beginning that a statement follows. */
const COMMENTS = String.raw`(?:/\*\*(?:(?!\*/)[\s\S])*\*/\n)*`;
const KEYWORD = "(?:export |declare |import |interface |type |class |const |function )";
const STATEMENT = new RegExp(
  String.raw`^(?<comment>${COMMENTS})(?<text>${KEYWORD}[\s\S]*?)(?=^${COMMENTS}${KEYWORD}|(?![\s\S]))`,
  "gm",
);
const NAMED = /^(?:export )?(?:declare )?(?:abstract )?(?:function|const|let|class|interface|type) (\w+)/;
const LISTED = /^(import|export) (?:type )?\{([\s\S]*?)\}(?: from "([^"]+)")?/;
const STAR = /^export (?:type )?\* from "([^"]+)"/;

const scopes = new Map<string, Scope>();

function target(file: string, specifier: string): string {
  const path = join(dirname(file), specifier);
  return [path.replace(/\.(?:ts|js)$/, ".d.ts"), path].find((one) => existsSync(one)) ?? path;
}

function scopeOf(file: string): Scope {
  const known = scopes.get(file);
  if (known !== undefined) return known;
  const declarations = new Map<string, Declaration>();
  const imports = new Map<string, Declared>();
  const passedOn = new Map<string, Declared>();
  const stars: string[] = [];
  for (const { groups = {} } of readFileSync(file, "utf8").matchAll(STATEMENT)) {
    const { comment = "", text = "" } = groups;
    const star = STAR.exec(text)?.[1];
    const listed = LISTED.exec(text);
    if (star !== undefined) stars.push(target(file, star));
    else if (listed !== null) {
      const [, how, list = "", from] = listed;
      for (const part of list
        .split(",")
        .map((one) => one.trim().replace(/^type /, ""))
        .filter((one) => one !== "")) {
        const [there = "", here = there] = part.split(" as ");
        (how === "import" ? imports : passedOn).set(here, {
          file: from === undefined ? file : target(file, from),
          name: there,
        });
      }
    } else {
      const name = NAMED.exec(text)?.[1];
      // Overloads: all of them.
      if (name !== undefined) declarations.set(name, { text: (declarations.get(name)?.text ?? "") + text, comment });
    }
  }
  const scope = { declarations, imports, passedOn, stars };
  scopes.set(file, scope);
  return scope;
}

/** Where a name that a file gives is declared. */
export function declaredAs(file: string, name: string): Declared | undefined {
  const scope = scopeOf(file);
  const passed = scope.passedOn.get(name);
  // `export { a }` passes on what is imported or declared here.
  const isOwn = passed !== undefined && passed.file === file;
  const elsewhere = isOwn ? scope.imports.get(passed.name) : (passed ?? scope.imports.get(name));
  if (elsewhere !== undefined) {
    return elsewhere.file.endsWith(".d.ts") ? declaredAs(elsewhere.file, elsewhere.name) : undefined;
  }
  if (scope.declarations.has(name)) return { file, name };
  for (const star of scope.stars) {
    const found = declaredAs(star, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The names that a door gives: those it passes on, by name or as all of another file, and those it declares itself. */
export function givenNames(file: string): readonly string[] {
  const { declarations, passedOn, stars } = scopeOf(file);
  const own = [...declarations].flatMap(([name, { text }]) => (text.startsWith("export ") ? [name] : []));
  return [...new Set([...passedOn.keys(), ...own, ...stars.flatMap(givenNames)])];
}

/** What is said of a declared name: its comment and its text without comments. */
export function declarationOf({ file, name }: Declared): Declaration {
  const found = scopeOf(file).declarations.get(name);
  if (found === undefined) throw new Error(`${file} does not declare ${name}`);
  return { comment: found.comment, text: found.text.replaceAll(/\/\*\*[\s\S]*?\*\//g, "") };
}

/** The types that a declaration is made of, where they are ours. */
export function typesIn(declared: Declared): readonly Declared[] {
  const text = declarationOf(declared).text.replaceAll(/"(?:[^"\\]|\\.)*"(?!\))/g, '""');
  const scope = scopeOf(declared.file);
  const plain = text.replaceAll(/import\("[^"]+"\)\.\w+/g, "").replaceAll(/typeof \w+/g, "");
  const names = [...plain.matchAll(/(?<![.\w])[A-Z]\w*(?!\??:)/g)].map(([name]) => name);
  const found = names
    .filter((name) => name !== declared.name && (scope.declarations.has(name) || scope.imports.has(name)))
    .flatMap((name) => declaredAs(declared.file, name) ?? []);
  const inline = [...text.matchAll(/(typeof )?import\("([^"]+)"\)\.(\w+)/g)].flatMap(
    ([, value, from = "", name = ""]) =>
      value === undefined ? (declaredAs(target(declared.file, from), name) ?? []) : [],
  );
  return [...found, ...inline];
}

/** The constants whose type a declaration takes, where they are ours and no door has to give them by the types that it is made of. */
export function constantsIn(declared: Declared): readonly string[] {
  return [...declarationOf(declared).text.matchAll(/typeof (\w+)/g)].map(([, name = ""]) => name);
}
