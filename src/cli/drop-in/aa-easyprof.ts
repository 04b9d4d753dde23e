/** The command `aa-easyprof` (tools 24): profiles from templates, groups of rules and a manifest. */
import { type EasyWish, defaultPolicySettings, loadEasyprof, loadEngine } from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { compareBytes, decodeBytes, displayText, encodeBytes } from "../../foundation/text/index.ts";
import { packageDirectory } from "../../service/index.ts";
import { fileRefusalText, isAbsent } from "../errno-texts.ts";
import type { OptionSpec } from "../getopt.ts";
import {
  placeHelp,
  placeOptions,
  placesOf,
  required,
  ruleWishes,
  textOf,
  textsOf,
  wishOfOptions,
  words,
} from "./easyprof-wish.ts";
import { refuse } from "./profile-directory.ts";
import type { Tool, ToolCall } from "./tool.ts";
import { fitted } from "../terminal-width.ts";

/** What says what the profile is to be: a manifest says all of it. */
const WISHES: readonly OptionSpec<string>[] = [
  ...ruleWishes,
  required("name", "n"),
  required("author"),
  required("comment"),
  required("copyright"),
  required("profile-name"),
];

const options: readonly OptionSpec<string>[] = [
  ...WISHES,
  ...placeOptions,
  required("parser"),
  { key: "no-verify", long: "no-verify" },
  required("manifest", "m"),
  { key: "verify-manifest", long: "verify-manifest" },
  required("output-format"),
  required("output-directory"),
  { key: "dry-run", long: "dry-run" },
  { key: "list-templates", long: "list-templates" },
  { key: "show-template", long: "show-template" },
  { key: "list-policy-groups", long: "list-policy-groups" },
  { key: "show-policy-group", long: "show-policy-group" },
  { key: "debug", long: "debug", short: "d" },
  { key: "help", long: "help", short: "h" },
];

const HELP = fitted(`Usage: aa-easyprof [OPTION]... [PROGRAM]

Prints a profile made from a template.

  -t, --template T               the template: a name, or an absolute path (default)
  -a, --abstractions A,B         include these abstractions
  -p, --policy-groups G,H        take over the rules of these groups
      --read-path P              may be read; /dir/ is all below it
      --write-path P             may be read and written
      --template-var @{NAME}=V   set a variable
  -n, --name, --author, --comment, --copyright TEXT
                                 words about the profile
      --profile-name N           what it is called
  -m, --manifest FILE            take all of this from a file of JSON
      --verify-manifest          warn of what is more than harmless in it, and exit with 1
      --output-format FORMAT     text, or json: a manifest
      --output-directory DIR     write a file into DIR, which must not be there
      --dry-run                  say what would be written there, and write nothing
      --list-templates, --show-template
                                 what templates there are
      --list-policy-groups, --show-policy-group
                                 what groups there are
${placeHelp}
      --no-verify                do not try whether the profile compiles
      --parser PATH, -d, --debug taken, and without effect: nothing else is run
  -h, --help                     print this
`);

function list(directories: readonly string[], { io }: ToolCall): Outcome<readonly string[], string> {
  const names: string[] = [];
  for (const directory of directories) {
    const listing = io.files.list(directory);
    if (!listing.ok) return fail(`${directory}: ${fileRefusalText(listing.error)}`);
    names.push(...listing.value.filter(({ kind }) => kind === "file").map(({ name }) => name));
  }
  return ok([...new Set(names)].toSorted(compareBytes));
}

/** Why the text is no policy; `undefined`: it is, or nobody asked. */
async function verifyProblem(text: string, { all, has, io, value }: ToolCall): Promise<string | undefined> {
  if (has("no-verify")) return undefined;
  const base = value("base") ?? "/etc/apparmor.d";
  const features = io.featureText(`${packageDirectory()}policy/abi/5.0`);
  if (!features.ok) return `${features.error.path}: ${fileRefusalText(features.error)}`;
  const settings = {
    ...defaultPolicySettings({ base, kernelFeatures: features.value, workingDirectory: io.workingDirectory }),
    includePath: all("Include"),
  };
  const engine = await loadEngine();
  const tried = engine.compile({ path: "new", bytes: encodeBytes(text) }, settings, io.files);
  return tried.diagnostics.find(({ severity }) => severity === "error")?.message;
}

/** Writes a profile into its file; the exit status. */
function write(text: string, fileName: string, { has, io, value }: ToolCall): number {
  const directory = value("output-directory") ?? "";
  const path = `${directory}/${fileName}`;
  const looked = io.files.status(path);
  if (looked.ok) return refuse(`'${path}' already exists`, io);
  if (!isAbsent(looked.error)) return refuse(`'${path}' cannot be looked at: ${fileRefusalText(looked.error)}`, io);
  if (has("dry-run")) {
    io.out(`Would write ${displayText(path)}\n`);
    return 0;
  }
  if (io.files.kind(directory) === undefined) {
    const made = io.files.makeDirectory(directory, 0o755);
    if (!made.ok) return refuse(`${directory}: ${fileRefusalText(made.error)}`, io);
  }
  const written = io.files.write(path, encodeBytes(text), { expected: "absent" });
  return written.ok ? 0 : refuse(`${path}: ${fileRefusalText(written.error)}`, io);
}

/** Makes one profile of a run; the exit status. */
async function makeOne(wish: EasyWish, title: string, call: ToolCall): Promise<number> {
  const { io, value } = call;
  const { manifestOf, renderWish, wishFileName } = await loadEasyprof();
  const texts = await textsOf(wish, call);
  if (!texts.ok) return refuse(texts.error, io);
  if (value("output-format") === "json") {
    io.json(`${JSON.stringify(manifestOf(wish), undefined, 2)}\n`);
    return 0;
  }
  const text = renderWish(wish, texts.value);
  const invalid = await verifyProblem(text, call);
  if (invalid !== undefined) {
    io.verbatim(`${title}${text}\n`);
    return refuse(`Invalid policy: ${invalid}`, io);
  }
  if (value("output-directory") !== undefined) return write(text, wishFileName(wish), call);
  io.verbatim(`${title}${text}\n`);
  return 0;
}

/** Lists and shows; `undefined`: nothing of the kind is asked for. */
function show(call: ToolCall): number | undefined {
  const { has, io, value } = call;
  const asked = ["list-templates", "show-template", "list-policy-groups", "show-policy-group"].find(has);
  if (asked === undefined) return undefined;
  const places = placesOf(call, { vendor: value("policy-vendor"), version: value("policy-version") });
  if (!places.ok) return refuse(places.error, io);
  const directories = asked.includes("template") ? places.value.templates : places.value.groups;
  if (asked.startsWith("list-")) {
    const names = list(directories, call);
    if (!names.ok) return refuse(names.error, io);
    for (const name of names.value) io.out(`${displayText(name)}\n`);
    return 0;
  }
  const names = asked === "show-template" ? [value("template") ?? "default"] : words(value("policy-groups"));
  if (names.length === 0) return refuse("Must specify -p with --show-policy-group", io);
  for (const name of names) {
    const text = textOf(name, directories, call);
    if (!text.ok) return refuse(text.error, io);
    io.verbatim(`${text.value}\n`);
  }
  return 0;
}

async function wishesOf(call: ToolCall): Promise<Outcome<readonly EasyWish[], string>> {
  const path = call.value("manifest");
  if (path === undefined) return ok([wishOfOptions(call)]);
  const bytes = call.io.files.read(path, { isOperand: true });
  if (!bytes.ok) return fail(`Could not read '${path}': ${fileRefusalText(bytes.error)}`);
  const { readManifest } = await loadEasyprof();
  return readManifest(decodeBytes(bytes.value));
}

async function run(call: ToolCall): Promise<number> {
  const { has, io } = call;
  const shown = show(call);
  if (shown !== undefined) return shown;
  const wishes = await wishesOf(call);
  if (!wishes.ok) return refuse(wishes.error, io);
  const { unsafeParts, wishProblem } = await loadEasyprof();
  for (const wish of wishes.value) {
    const wrong = wishProblem(wish);
    if (wrong !== undefined) return refuse(wrong, io);
  }
  const unsafe = has("verify-manifest") && has("manifest") ? wishes.value.flatMap(unsafeParts) : [];
  if (unsafe.length > 0) {
    io.err(`WARN: Manifest definition is potentially unsafe\n${unsafe.map((one) => `${displayText(one)}\n`).join("")}`);
    return refuse("Manifest file requires review", io);
  }
  if (wishes.value.length === 0) io.err("aa-easyprof: the manifest holds no profile\n");
  for (const [index, wish] of wishes.value.entries()) {
    const title = wishes.value.length > 1 ? `### aa-easyprof profile #${index + 1} ###\n` : "";
    const status = await makeOne(wish, title, call);
    if (status !== 0) return status;
  }
  return 0;
}

const FORMATS = ["text", "json"];

function usageProblem({ has, operands, value }: ToolCall): string | undefined {
  if (has("manifest")) {
    const clash = WISHES.find(({ key }) => has(key));
    if (clash !== undefined) return `can't use --${clash.short ?? clash.long} with --manifest argument`;
    if (operands.length > 0) return "can't name a program with --manifest argument";
  }
  if (operands.length > 1) return "name one program";
  const format = value("output-format");
  return format === undefined || FORMATS.includes(format)
    ? undefined
    : `--output-format is ${FORMATS.join(" or ")}, not ${format}`;
}

export const tool: Tool = {
  name: "aa-easyprof",
  options,
  help: HELP,
  examples: [
    ["aa-easyprof --list-templates", "what profiles can be made from"],
    [
      "aa-easyprof --read-path /srv/www/ /usr/local/bin/serve",
      "a profile for a program that reads what is below a directory",
    ],
  ],
  operands: "any",
  wrong: (text, io) => {
    io.err(`Usage: aa-easyprof [OPTION]... [PROGRAM]\n\naa-easyprof: error: ${displayText(text ?? "")}\n`);
    return 2;
  },
  before: (call) => {
    const wrong = call.has("help") ? undefined : usageProblem(call);
    if (wrong === undefined) return undefined;
    call.io.err(`Usage: aa-easyprof [OPTION]... [PROGRAM]\n\naa-easyprof: error: ${displayText(wrong)}\n`);
    return 2;
  },
  run,
};
