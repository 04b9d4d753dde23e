/** What the verbs that read policy have in common: where it is, what it is for, what to read, with how many threads. */
import { availableParallelism } from "node:os";
import { defaultPolicySettings, type PolicyFeatures, type PolicySettings, refusalText } from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { type CommandOption, type Invocation, baseDirectory, baseOption } from "./command.ts";
import { errnoText, fileRefusalText } from "../errno-texts.ts";
import { featureFileText } from "../feature-files.ts";
import { type Input, listInputs } from "../inputs.ts";
import { packageDirectory } from "../../service/index.ts";

export const policyOptions: readonly CommandOption[] = [
  baseOption,
  {
    key: "include",
    long: "Include",
    short: "I",
    value: "required",
    valueName: "DIR",
    about: "search DIR for includes; may be repeated",
  },
  {
    key: "features",
    long: "features",
    short: "M",
    value: "required",
    valueName: "FILE",
    about: "features of the target kernel (the running one, else the newest known)",
  },
  {
    key: "policy-features",
    long: "policy-features",
    value: "required",
    valueName: "FILE",
    about: "features for profiles without an abi rule (those of --features, if given)",
  },
  {
    key: "namespace",
    long: "namespace",
    short: "n",
    value: "required",
    valueName: "NAME",
    about: "the namespace of the profiles",
  },
  { key: "jobs", long: "jobs", short: "j", value: "required", valueName: "N", about: "threads to compile with" },
];

/** The newest kernel whose features the package knows. */
const NEWEST = "policy/abi/5.0";

function readFeatures(path: string, call: Invocation): Outcome<string, string> {
  const text = featureFileText(path, call.io);
  return text.ok ? text : fail(`cannot read the features in ${path}: ${fileRefusalText(text.error)}`);
}

function kernelFeatures(call: Invocation): Outcome<string, string> {
  const path = call.value("features");
  if (path !== undefined) return readFeatures(path, call);
  const running = call.io.kernelAt(call.root === undefined ? {} : { root: call.root }).features();
  if (running.ok) return running;
  const { error } = running;
  const isAbsence = error.kind === "no-apparmor" || (error.kind === "io" && error.errno === "ENOENT");
  // What the running kernel can do, and does not say, would be left out of what is compiled for it.
  if (!isAbsence) return fail(`cannot read the kernel's features: ${refusalText(error)}`);
  return readFeatures(`${packageDirectory()}${NEWEST}`, call);
}

/** The features of an ABI that the package brings. */
export function packagedAbi(version: string, call: Invocation): Outcome<string, string> {
  return readFeatures(`${packageDirectory()}policy/abi/${version}`, call);
}

/** The features of the newest kernel the package knows. */
export function newestFeatures(call: Invocation): Outcome<string, string> {
  return readFeatures(`${packageDirectory()}${NEWEST}`, call);
}

/** Those of profiles without an abi rule: named alone, else those named with `--features`, else `fallback`. */
function policyFeatures(call: Invocation, kernel: string, fallback: PolicyFeatures): Outcome<PolicyFeatures, string> {
  const file = call.value("policy-features");
  if (file === undefined) return ok(call.has("features") ? { kind: "text", text: kernel } : fallback);
  const policy = readFeatures(file, call);
  return policy.ok ? ok({ kind: "text", text: policy.value }) : policy;
}

/** The settings of a call, or what is wrong with its options; `fallback` is for profiles that name no features in any way. */
export function policySettings(
  call: Invocation,
  fallback: PolicyFeatures = { kind: "default" },
): Outcome<PolicySettings, string> {
  const kernel = kernelFeatures(call);
  if (!kernel.ok) return kernel;
  const policy = policyFeatures(call, kernel.value, fallback);
  if (!policy.ok) return policy;
  return ok(
    defaultPolicySettings({
      base: baseDirectory(call),
      includePath: call.values("include"),
      kernelFeatures: kernel.value,
      policyFeatures: policy.value,
      namespace: call.value("namespace"),
      workingDirectory: call.io.workingDirectory,
    }),
  );
}

/** How many threads; `undefined` for a number that is none. */
export function jobCount(call: Invocation): number | undefined {
  const text = call.value("jobs");
  if (text === undefined) return availableParallelism();
  return /^[0-9]{1,4}$/.test(text) ? Number(text) : undefined;
}

/** A text to work on. */
export interface NamedText {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface Inputs {
  readonly texts: readonly NamedText[];
  /** What could not be read, in words. */
  readonly refusals: readonly string[];
  /** The paths of that. */
  readonly unreadable: readonly string[];
}

function readInput(input: Input, call: Invocation): NamedText | string | undefined {
  switch (input.kind) {
    case "ignored":
      return undefined;
    case "missing":
      return `${input.path}: ${errnoText(input.errno)}`;
    case "broken-directory":
      return `${input.path} holds a link that leads nowhere`;
    case "stdin":
      return readStandardInput(call);
    case "file": {
      const bytes = call.io.files.read(input.path, { isOperand: input.path === input.operand });
      return bytes.ok ? { path: input.path, bytes: bytes.value } : `${input.path}: ${fileRefusalText(bytes.error)}`;
    }
  }
}

function readStandardInput({ io }: Invocation): NamedText | string {
  const bytes = io.input();
  return bytes.ok ? { path: "stdin", bytes: bytes.value } : `${bytes.error.path}: ${fileRefusalText(bytes.error)}`;
}

/** A directory's name without slashes after it, which would be doubled before the names of its files. */
function withoutSlashes(path: string, io: Invocation["io"]): string {
  return io.files.kind(path) === "directory" ? path.replace(/(?<=.)\/+$/, "") : path;
}

/** The files that the operands name; `-` is standard input, no operand is the directory of profiles. */
export function readInputs(call: Invocation): Inputs {
  const operands = call.operands.length === 0 ? [baseDirectory(call)] : call.operands;
  const inputs = operands.flatMap((operand): readonly Input[] =>
    operand === "-" ? [{ kind: "stdin" }] : listInputs([withoutSlashes(operand, call.io)], call.io),
  );
  const texts: NamedText[] = [];
  const refusals: string[] = [];
  const unreadable: string[] = [];
  for (const input of inputs) {
    const read = readInput(input, call);
    if (typeof read === "string") {
      refusals.push(read);
      if (input.kind !== "ignored") unreadable.push(input.kind === "stdin" ? "stdin" : input.path);
    } else if (read !== undefined) texts.push(read);
  }
  return { texts, refusals, unreadable };
}
