/**
 * What `aa-easyprof` and `aa-sandbox` are told about a profile that is to be made (tools 24, 25.1): the options that say it, and the texts of the
 * templates and groups that it names.
 */
import { type EasyTexts, type EasyWish, loadEasyprof } from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { decodeBytes } from "../../foundation/text/index.ts";
import { packageDirectory } from "../../service/index.ts";
import { fileRefusalText, isAbsent } from "../errno-texts.ts";
import type { OptionSpec } from "../getopt.ts";
import type { CliIo } from "../io.ts";
import type { ToolCall } from "./tool.ts";

export const required = (long: string, short?: string): OptionSpec<string> => ({
  key: long,
  long,
  value: "required",
  ...(short !== undefined && { short }),
});

/** What rules there are to be. */
export const ruleWishes: readonly OptionSpec<string>[] = [
  required("template", "t"),
  required("abstractions", "a"),
  required("policy-groups", "p"),
  required("read-path"),
  required("write-path"),
  required("template-var"),
  required("policy-vendor"),
  required("policy-version"),
];

/** Where all of it is looked for. */
export const placeOptions: readonly OptionSpec<string>[] = [
  required("config-file", "c"),
  required("templates-dir"),
  required("include-templates-dir"),
  required("policy-groups-dir"),
  required("include-policy-groups-dir"),
  required("base", "b"),
  required("Include", "I"),
];

/** What help says of these, lines of the table of options. */
export const placeHelp = `      --templates-dir, --policy-groups-dir DIR
                                 look there, and not where the package has its own
      --include-templates-dir, --include-policy-groups-dir DIR
                                 look there, too
      --policy-vendor V --policy-version N
                                 look in V/N of these directories
  -c, --config-file FILE         where the directories are named (/etc/apparmor/easyprof.conf)
  -b, --base DIR                 abstractions are in DIR (/etc/apparmor.d)
  -I, --Include DIR              and in DIR`;

interface Places {
  readonly templates: readonly string[];
  readonly groups: readonly string[];
}

/** A key of the configuration: `KEY="VALUE"`. */
function configured(text: string, key: string): string | undefined {
  return new RegExp(`^\\s*${key}\\s*=\\s*"?([^"\\n]*?)"?\\s*$`, "m").exec(text)?.[1];
}

/** Where templates and groups are, the first first. */
export function placesOf(call: ToolCall, wish: Pick<EasyWish, "vendor" | "version">): Outcome<Places, string> {
  const { io, value } = call;
  if ((wish.vendor === undefined) !== (wish.version === undefined))
    return fail("Must specify both policy version and vendor");
  const conf = value("config-file") ?? "/etc/apparmor/easyprof.conf";
  const read = io.files.read(conf);
  if (!read.ok && (value("config-file") !== undefined || read.error.errno !== "ENOENT"))
    return fail(`Could not read '${conf}': ${fileRefusalText(read.error)}`);
  const text = read.ok ? decodeBytes(read.value) : "";
  const own = `${packageDirectory()}policy/easyprof`;
  const below = wish.vendor === undefined ? "" : `/${wish.vendor}/${wish.version}`;
  const find = (option: string, key: string, directory: string, what: string): Outcome<readonly string[], string> => {
    const named = value(option) ?? configured(text, key);
    const noSuch = (path: string, why: string): Outcome<never, string> =>
      fail(`Could not find ${what} directory '${path}'${why === "" ? "" : `: ${why}`}`);
    const wrong = named === undefined ? "" : directoryProblem(named, io);
    const isThere = named !== undefined && wrong === undefined;
    if (named !== undefined && value(option) !== undefined && wrong !== undefined) return noSuch(named, wrong);
    const first = `${isThere ? named : `${own}/${directory}`}${below}`;
    const others = call.all(`include-${option}`).map((one) => `${one}${below}`);
    for (const path of [first, ...others]) {
      const problem = directoryProblem(path, io);
      if (problem !== undefined) return noSuch(path, problem);
    }
    return ok([first, ...others]);
  };
  const templates = find("templates-dir", "TEMPLATES_DIR", "templates", "templates");
  if (!templates.ok) return templates;
  const groups = find("policy-groups-dir", "POLICYGROUPS_DIR", "policygroups", "policy groups");
  return groups.ok ? ok({ templates: templates.value, groups: groups.value }) : groups;
}

/** Why there is no directory: a reason, or nothing to say about it; `undefined`: there is one. */
function directoryProblem(path: string, io: CliIo): string | undefined {
  const looked = io.files.status(path);
  if (looked.ok) return looked.value.kind === "directory" ? undefined : "";
  return isAbsent(looked.error) ? "" : fileRefusalText(looked.error);
}

/** The text of that name in the first directory that has it. */
export function textOf(name: string, directories: readonly string[], { io }: ToolCall): Outcome<string, string> {
  const paths = name.startsWith("/") ? [name] : directories.map((directory) => `${directory}/${name}`);
  for (const path of paths) {
    const bytes = io.files.read(path);
    if (bytes.ok) return ok(decodeBytes(bytes.value));
    if (bytes.error.errno !== "ENOENT") return fail(`${path}: ${fileRefusalText(bytes.error)}`);
  }
  return fail(`${name} does not exist${name.startsWith("/") ? "" : ` in ${directories.join(", ")}`}`);
}

export function words(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split(",");
}

/** What the options say. */
export function wishOfOptions({ all, operands, value }: ToolCall): EasyWish {
  const variables = all("template-var").map((text): readonly [string, string] => {
    const [, name, set] = /^@\{([^}]*)\}=([^]*)$/.exec(text) ?? [];
    return [name ?? text, set ?? ""];
  });
  return {
    binary: operands[0],
    profileName: value("profile-name"),
    name: value("name"),
    author: value("author"),
    comment: value("comment"),
    copyright: value("copyright"),
    template: value("template"),
    vendor: value("policy-vendor"),
    version: value("policy-version"),
    variables,
    abstractions: words(value("abstractions")),
    policyGroups: words(value("policy-groups")),
    readPaths: all("read-path"),
    writePaths: all("write-path"),
  };
}

function abstractionProblem({ abstractions }: EasyWish, { all, io, value }: ToolCall): string | undefined {
  const base = value("base") ?? "/etc/apparmor.d";
  const missing = abstractions.find((name) =>
    [base, ...all("Include")].every((directory) => io.files.kind(`${directory}/abstractions/${name}`) === undefined),
  );
  return missing === undefined ? undefined : `${base}/abstractions/${missing} does not exist`;
}

/** The texts that a wish names; why there are none. */
export async function textsOf(wish: EasyWish, call: ToolCall): Promise<Outcome<EasyTexts, string>> {
  const { wishProblem } = await loadEasyprof();
  const wrong = wishProblem(wish) ?? abstractionProblem(wish, call);
  if (wrong !== undefined) return fail(wrong);
  const places = placesOf(call, wish);
  if (!places.ok) return places;
  const template = textOf(wish.template ?? "default", places.value.templates, call);
  if (!template.ok) return template;
  const groups = new Map<string, string>();
  for (const name of wish.policyGroups) {
    const text = textOf(name, places.value.groups, call);
    if (!text.ok) return text;
    groups.set(name, text.value);
  }
  return ok({ template: template.value, groups });
}
