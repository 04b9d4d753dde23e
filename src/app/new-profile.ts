/** The first profile of a program that nobody has seen running (tools 11.2): what it is, what runs it, and what every program needs. */
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { FileRefusal, FilesPort } from "../foundation/ports/index.ts";
import { decodeBytes, encodeBytes } from "../foundation/text/index.ts";
import {
  type FileDraft,
  type IncludeDraft,
  type ProfileDraft,
  isPlainName,
  literalPattern,
  printProfile,
  printRule,
} from "../language/edit/index.ts";
import { FilePermission } from "../language/model/index.ts";
import type { PolicyEngine, PolicySettings } from "./engine.ts";

/** A program, and what the machine says of it. */
interface NewProgram {
  /** Without links. */
  readonly path: string;
  /** Its first bytes. */
  readonly head: Uint8Array;
  /** The path without links of a program that a script names; of a name, the one that `PATH` leads to. */
  readonly find: (name: string) => string | undefined;
  readonly hats: readonly string[];
  /** What it reads of its interpreter is learned from a run, so that the abstraction of its kind, with all that there is to read, is left out. */
  readonly isLearned?: boolean;
}

/** By the name of an interpreter: the abstraction of its kind. */
const ABSTRACTIONS: readonly (readonly [RegExp, string])[] = [
  [/^(?:ba|da)?sh$/, "bash"],
  [/^perl(?:5(?:\.\d+)*)?$/, "perl"],
  [/^python(?:[23](?:\.\d+)?)?$/, "python"],
  [/^ruby(?:\d+(?:\.\d+)*)?$/, "ruby"],
];

interface Interpreter {
  /** What the kernel runs, and what that runs, without links. */
  readonly programs: readonly string[];
  /** The name that a person would give it. */
  readonly name: string;
}

/** Behind `-S` and the variables that are set; `undefined`: another option, or nothing. */
function ranByEnv(rest: string): string | undefined {
  const words = rest.split(/\s+/);
  if (words[0] === "-S") words.shift();
  const name = words.find((word) => word.indexOf("=") < 1);
  return name === undefined || name === "" || name.startsWith("-") ? undefined : name;
}

/** What runs a script; `undefined`: it is none. `env` runs what is named behind it. */
function interpreterOf({ head, find }: NewProgram): Interpreter | undefined {
  const [line = ""] = decodeBytes(head).split("\n", 1);
  const [, first = "", rest = ""] = /^#!\s*(\S+)\s*(.*)$/.exec(line) ?? [];
  if (!first.startsWith("/")) return undefined;
  const own = find(first) ?? first;
  const named = /(?:^|\/)env$/.test(first) ? ranByEnv(rest) : undefined;
  const run = named === undefined ? undefined : find(named);
  const name = named ?? first;
  return { programs: run === undefined ? [own] : [own, run], name: name.slice(name.lastIndexOf("/") + 1) };
}

function abstractionOf(interpreter: Interpreter | undefined): string | undefined {
  return ABSTRACTIONS.find(([names]) => interpreter !== undefined && names.test(interpreter.name))?.[1];
}

function fileRule(path: string, permissions: number, isRun: boolean): FileDraft {
  return {
    kind: "file",
    path: literalPattern(path),
    permissions,
    ...(isRun && { exec: { transition: "inherit", fallback: "none", safe: false } }),
  };
}

function include(path: string): IncludeDraft {
  return { path, searched: true, ifExists: false };
}

/** The text of a profile's file, and the abstractions that it would have if they were there. */
interface NewProfileText {
  readonly text: string;
  readonly missing: readonly string[];
}

const ABIS = ["abi/5.0", "abi/4.0", "abi/3.0"];
const TUNABLES = "tunables/global";

/** The text of the profile's file, tried; or why there is none: what cannot be read, or a sentence. */
export function newProgramText(
  program: NewProgram,
  settings: PolicySettings,
  { files, engine }: { readonly files: FilesPort; readonly engine: PolicyEngine },
): Outcome<NewProfileText, string | FileRefusal> {
  if (!isPlainName(program.path)) return fail("no profile can have this name");
  const interpreter = interpreterOf(program);
  const kind = program.isLearned === true ? undefined : abstractionOf(interpreter);
  const wanted = ["abstractions/base", ...(kind === undefined ? [] : [`abstractions/${kind}`])];
  const there = new Set<string>();
  for (const path of [...wanted, ...ABIS, TUNABLES]) {
    const read = files.read(`${settings.base}/${path}`);
    if (read.ok) there.add(path);
    else if (read.error.errno !== "ENOENT") return read;
  }
  const runs = (interpreter?.programs ?? []).map((path) => fileRule(path, FilePermission.x, true));
  const own = fileRule(program.path, FilePermission.r | (interpreter === undefined ? FilePermission.m : 0), false);
  const draft: ProfileDraft = {
    keyword: "profile",
    name: program.path,
    flags: ["complain"],
    includes: wanted.filter((path) => there.has(path)).map(include),
    rules: [...runs, own],
    children: program.hats.map((name) => ({ keyword: "hat", name, flags: ["complain"], rules: [] })),
  };
  const abi = ABIS.find((path) => there.has(path));
  const head = [
    ...(abi === undefined ? [] : [`abi <${abi}>,`, ""]),
    ...(there.has(TUNABLES) ? [`include <${TUNABLES}>`, ""] : []),
  ];
  const text = [...head, printProfile(draft), ""].join("\n");
  const tried = engine.compile({ path: "new", bytes: encodeBytes(text) }, settings, files);
  const wrong = tried.diagnostics.find(({ severity }) => severity === "error");
  const missing = wanted.filter((path) => !there.has(path));
  return wrong === undefined ? ok({ text, missing }) : fail(`its profile would not compile: ${wrong.message}`);
}

/**
 * The least that a program needs to start under a profile that it is given by name: what the kernel maps, and of a script what reads it. Nothing
 * where no rule can have its path.
 */
export function rulesToStart(program: Pick<NewProgram, "path" | "head" | "find">): readonly string[] | undefined {
  const { r, m, x } = FilePermission;
  const [first, ...others] = interpreterOf({ ...program, hats: [] })?.programs ?? [];
  const paths = [program.path, ...(first === undefined ? [] : [first, ...others])];
  if (!paths.every(isPlainName)) return undefined;
  const rules = [
    fileRule(program.path, first === undefined ? r | m : r, false),
    ...(first === undefined ? [] : [fileRule(first, r | m, false)]),
    // `env` runs what it is told to
    ...others.map((path) => fileRule(path, r | m | x, true)),
  ];
  return rules.map((rule) => printRule(rule));
}
