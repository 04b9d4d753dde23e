/**
 * Profiles from templates (tools 24): a template has marks, each of which is replaced by what a wish says about it. Everything that comes from a wish
 * is looked at first, so that it says in a profile what it says in the wish.
 */
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import { compareBytes } from "../foundation/text/index.ts";

/** What a profile is to be; the fields of a manifest. */
export interface EasyWish {
  readonly binary: string | undefined;
  readonly profileName: string | undefined;
  readonly name: string | undefined;
  readonly author: string | undefined;
  readonly comment: string | undefined;
  readonly copyright: string | undefined;
  readonly template: string | undefined;
  readonly vendor: string | undefined;
  readonly version: string | undefined;
  readonly variables: readonly (readonly [name: string, value: string])[];
  readonly abstractions: readonly string[];
  readonly policyGroups: readonly string[];
  readonly readPaths: readonly string[];
  readonly writePaths: readonly string[];
}

/** The texts that a wish names. */
export interface EasyTexts {
  readonly template: string;
  readonly groups: ReadonlyMap<string, string>;
}

const PLAIN_NAME = /^[A-Za-z0-9_+.-]+$/;
// oxlint-disable-next-line no-control-regex -- what no line of a profile may hold
const CONTROL = /[\u0000-\u001f\u007f]/;

/** What is wrong with a wish; `undefined`: nothing. */
export function wishProblem(wish: EasyWish): string | undefined {
  const { binary, profileName } = wish;
  if (binary === undefined && profileName === undefined) return "Must specify binary and/or profile name";
  if (binary !== undefined && !isProgram(binary)) return `Invalid path for binary: '${binary}'`;
  if (profileName !== undefined && !/^[A-Za-z0-9_+.:@-][^"/\\]*$/.test(profileName))
    return `Invalid profile name '${profileName}'`;
  const named = [
    ["template", wish.template === undefined || wish.template.startsWith("/") ? [] : [wish.template]],
    ["abstraction", wish.abstractions.map((one) => one.replace(/^ubuntu-browsers\.d\//, ""))],
    ["policy group", wish.policyGroups],
  ] as const;
  for (const [what, names] of named) {
    const wrong = names.find((name) => !PLAIN_NAME.test(name) || name.startsWith("."));
    if (wrong !== undefined) return `Invalid ${what} '${wrong}'`;
  }
  for (const [name, value] of wish.variables) {
    if (!/^[A-Za-z0-9_]+$/.test(name) || /["=\\]|\.\.|@\{/.test(value)) return `Invalid variable '@{${name}}=${value}'`;
  }
  const paths = [...wish.readPaths, ...wish.writePaths];
  const relative = paths.find((path) => !/^(?:\/|@\{)/.test(path));
  if (relative !== undefined) return `'${relative}' should not be relative path`;
  const odd = paths.find((path) => /["\s\\]/.test(path) && !/^[^"\\]*$/.test(path));
  if (odd !== undefined) return `Invalid path '${odd}'`;
  const { author, comment, copyright, name } = wish;
  const texts = [binary, profileName, name, author, comment, copyright, ...wish.variables.flat(), ...paths];
  const broken = texts.find((text) => text !== undefined && CONTROL.test(text));
  return broken === undefined ? undefined : `'${broken}' holds what is no text of one line`;
}

function isProgram(path: string): boolean {
  return path.startsWith("/") && !path.endsWith("/") && !/\/\/|\/\.\.?(?:\/|$)|["\\]/.test(path);
}

/** What a wish is called: for people, and as a file. */
export function wishName({ binary, name, profileName }: EasyWish): string {
  return name ?? profileName ?? binary?.slice(binary.lastIndexOf("/") + 1) ?? "";
}

export function wishFileName({ binary, profileName }: EasyWish): string {
  return (profileName ?? binary ?? "").replace(/^\//, "").replaceAll("/", ".");
}

/** A path in a rule; blanks need quotes. */
function written(path: string): string {
  return /[\s,]/.test(path) ? `"${path}"` : path;
}

/** What a path stands for. Owners alone may do it to files in homes. */
function pathRules(path: string, access: string): readonly string[] {
  const owner = /^(?:\/home\/|@\{HOME)/.test(path) ? "owner " : "";
  const inside = /^(.*)\/\*\*?$/.exec(path)?.[1];
  if (inside !== undefined)
    return [`${written(inside === "" ? "/" : inside)} ${access},`, `${owner}${written(path)} ${access},`];
  if (path.endsWith("/")) return [`${written(path)} ${access},`, `${owner}${written(`${path}**`)} ${access},`];
  return [`${owner}${written(path)} ${access},`];
}

function pathsRules(paths: readonly string[], access: string): readonly string[] {
  return paths.toSorted(compareBytes).flatMap((path) => pathRules(path, access));
}

interface Block {
  readonly title: string;
  readonly lines: readonly string[];
}

function blockOf(title: string, none: string, lines: readonly string[]): Block {
  return lines.length === 0 ? { title: none, lines } : { title, lines };
}

/** Groups end in an empty line, but for the one that was named last. */
function groupLines(names: readonly string[], groups: EasyTexts["groups"]): readonly string[] {
  return names.toSorted(compareBytes).flatMap((name): readonly string[] => {
    const lines = (groups.get(name) ?? "").replace(/\n$/, "").split("\n");
    return name === names.at(-1) ? lines : [...lines, "\0"];
  });
}

function blocks(wish: EasyWish, { groups }: EasyTexts): Readonly<Record<string, Block>> {
  const variables = wish.variables.map(([name, value]) => `@{${name}}="${value}"`);
  const includes = wish.abstractions.toSorted(compareBytes).map((name) => `#include <abstractions/${name}>`);
  const named = groupLines(wish.policyGroups, groups);
  return {
    VAR: blockOf("Specified profile variables", "No template variables specified", variables.toSorted(compareBytes)),
    ABSTRACTIONS: blockOf("Specified abstractions", "No abstractions specified", includes),
    POLICYGROUPS: blockOf("Rules specified via policy groups", "No policy groups specified", named),
    READS: blockOf("Specified read permissions", "No read paths specified", pathsRules(wish.readPaths, "rk")),
    WRITES: blockOf("Specified write permissions", "No write paths specified", pathsRules(wish.writePaths, "rwk")),
  };
}

function attachment({ binary, profileName }: EasyWish): string {
  const program = binary === undefined ? "" : `"${binary}"`;
  return profileName === undefined ? program : `profile "${profileName}" ${program}`.trimEnd();
}

/** The text of the profile. */
export function renderWish(wish: EasyWish, texts: EasyTexts): string {
  const usage = texts.template.lastIndexOf("###ENDUSAGE###\n");
  let text = usage < 0 ? texts.template : texts.template.slice(usage + "###ENDUSAGE###\n".length);
  const put = (mark: string, value: string | undefined): void => {
    if (value !== undefined) text = text.replaceAll(`###${mark}###`, () => value);
  };
  put("PROFILEATTACH", attachment(wish));
  put("NAME", wishName(wish));
  put("AUTHOR", wish.author && `Author: ${wish.author}`);
  put("COPYRIGHT", wish.copyright && `Copyright: ${wish.copyright}`);
  put("COMMENT", wish.comment && `Comment: ${wish.comment}`);
  for (const [mark, { lines, title }] of Object.entries(blocks(wish, texts))) {
    const indent = new RegExp(`^( *)###${mark}###`, "m").exec(text)?.[1] ?? "";
    const shown = [`# ${title}`, ...lines].map((line) => (line === "\0" ? "" : indent + line)).join("\n");
    text = text.replaceAll(new RegExp(` *###${mark}###`, "g"), () => shown);
  }
  return text;
}

const KEYS = [
  "abstractions",
  "author",
  "binary",
  "comment",
  "copyright",
  "name",
  "policy_groups",
  "policy_vendor",
  "policy_version",
  "profile_name",
  "read_path",
  "template",
  "template_variables",
  "write_path",
];

/** The profiles of a manifest, in its order. */
export function readManifest(text: string): Outcome<readonly EasyWish[], string> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return fail("Could not parse manifest");
  }
  const profiles = field(field(document, "security") ?? document, "profiles");
  if (typeof profiles !== "object" || profiles === null || Array.isArray(profiles))
    return fail("Could not parse manifest: it has no `profiles`");
  const wishes: EasyWish[] = [];
  for (const [key, value] of Object.entries(profiles)) {
    const wish = wishOf(key, value);
    if (!wish.ok) return wish;
    wishes.push(wish.value);
  }
  return ok(wishes);
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function wishOf(key: string, value: unknown): Outcome<EasyWish, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return fail(`Invalid profile '${key}'`);
  const odd = Object.keys(value).find((name) => !KEYS.includes(name));
  if (odd !== undefined) return fail(`Invalid key '${odd}'`);
  const wrong = Object.entries(value).find(([name, one]) => !hasKind(name, one));
  if (wrong !== undefined) return fail(`Invalid value of '${wrong[0]}'`);
  const text = (name: string): string | undefined => {
    const found = field(value, name);
    return typeof found === "string" || typeof found === "number" ? String(found) : undefined;
  };
  const list = (name: string): readonly string[] => {
    const found = field(value, name);
    return Array.isArray(found) ? found.map(String) : [];
  };
  const isPath = key.startsWith("/");
  return ok({
    binary: isPath ? key : text("binary"),
    profileName: text("profile_name") ?? (isPath ? undefined : key),
    name: text("name"),
    author: text("author"),
    comment: text("comment"),
    copyright: text("copyright"),
    template: text("template"),
    vendor: text("policy_vendor"),
    version: text("policy_version"),
    variables: Object.entries(field(value, "template_variables") ?? {}).map(([name, one]) => [name, String(one)]),
    abstractions: list("abstractions"),
    policyGroups: list("policy_groups"),
    readPaths: list("read_path"),
    writePaths: list("write_path"),
  });
}

/** Whether a value of a manifest is of the kind that its key wants. */
function hasKind(name: string, value: unknown): boolean {
  if (["abstractions", "policy_groups", "read_path", "write_path"].includes(name))
    return Array.isArray(value) && value.every((one) => typeof one === "string");
  if (name === "template_variables")
    return (
      typeof value === "object" &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((one) => typeof one === "string")
    );
  return typeof value === "string" || typeof value === "number";
}

function some(list: readonly string[]): readonly string[] | undefined {
  return list.length === 0 ? undefined : list;
}

/** The manifest that says what a wish says; keys in order, and none that is empty. */
export function manifestOf(wish: EasyWish): object {
  const { author, binary, comment, copyright, profileName, template, vendor, version } = wish;
  const variables = wish.variables.toSorted(([a], [b]) => compareBytes(a, b));
  const fields = {
    abstractions: some(wish.abstractions),
    author,
    binary: profileName === undefined ? undefined : binary,
    comment,
    copyright,
    name: wishName(wish),
    policy_groups: some(wish.policyGroups),
    policy_vendor: vendor,
    policy_version: version,
    read_path: some(wish.readPaths),
    template: template === "default" ? undefined : template,
    template_variables: variables.length === 0 ? undefined : Object.fromEntries(variables),
    write_path: some(wish.writePaths),
  };
  return { security: { profiles: { [profileName ?? binary ?? ""]: fields } } };
}

/** What of a wish somebody should look at before its profile is trusted. */
export function unsafeParts(wish: EasyWish): readonly string[] {
  const found: string[] = [];
  if (wish.readPaths.length > 0) found.push("found read_path key");
  if (wish.writePaths.length > 0) found.push("found write_path key");
  for (const one of wish.abstractions) if (one !== "base") found.push(`found '${one}' abstraction`);
  if (/[/*]/.test(wish.profileName ?? "")) found.push("found '/' or '*' in profile_name");
  for (const [name, value] of wish.variables)
    if (/[*/{}[\]]|\.\./.test(name + value)) found.push(`found what is more than a name in the variable ${name}`);
  return found;
}
