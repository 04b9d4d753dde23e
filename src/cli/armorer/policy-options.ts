/** What the verbs that read policy have in common: where it is, what it is for, what to read, with how many threads. */
import { availableParallelism } from "node:os";
import {
  defaultPolicySettings,
  type PolicyFeatures,
  type PolicySettings,
  isFeatureText,
  refusalText,
  skippedHere,
} from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { type CommandOption, type Invocation, baseDirectory, baseOption } from "./command.ts";
import { errnoText, fileRefusalText } from "../errno-texts.ts";
import { featureFileText } from "../feature-files.ts";
import { type Input, listInputs } from "../inputs.ts";
import { packageDirectory } from "../../service/index.ts";
import { DIRECTORY, NAMESPACE, type ValueType, wholeNumber } from "./value-types.ts";

/** Where includes are, beside the directory of profiles. */
export const includeOption: CommandOption = {
  key: "include",
  long: "Include",
  short: "I",
  type: DIRECTORY,
  about: "search DIR for includes; may be repeated",
};

/** Whether it holds features is seen when it is read: a pipe can be read once only. */
const FEATURES: ValueType = {
  name: "FILE",
  expected: "a file or directory of features",
  problemOf: (path, { files }) => {
    const status = files.status(path);
    return status.ok ? undefined : { why: errnoText(status.error.errno) };
  },
};

export const policyOptions: readonly CommandOption[] = [
  baseOption,
  includeOption,
  {
    key: "features",
    long: "features",
    short: "M",
    type: FEATURES,
    about: "features of the target kernel (the running one, else the newest known)",
  },
  {
    key: "policy-features",
    long: "policy-features",
    type: FEATURES,
    about: "features for profiles without an abi rule (those of --features, if given)",
  },
  {
    key: "namespace",
    long: "namespace",
    short: "n",
    type: NAMESPACE,
    about: "the namespace of the profiles",
  },
  { key: "jobs", long: "jobs", short: "j", type: wholeNumber("N", 1, 9999), about: "threads to compile with" },
];

/** The newest kernel whose features the package knows. */
const NEWEST = "policy/abi/5.0";

function readFeatures(path: string, call: Invocation): Outcome<string, string> {
  const text = featureFileText(path, call.io);
  if (!text.ok) return fail(`cannot read the features in ${path}: ${fileRefusalText(text.error)}`);
  // An empty file, as /dev/null, is how people ask for a kernel that can do nothing.
  const isNothing = text.value.trim() === "" && call.io.files.kind(path) !== "directory";
  return isNothing || isFeatureText(text.value) ? text : fail(`${path} holds no features of a kernel`);
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

/** How many threads. */
export function jobCount(call: Invocation): number {
  const count = call.value("jobs");
  return count === undefined ? availableParallelism() : Number(count);
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

/** What to say of a directory of which nothing is read. */
function emptyDirectory(operand: string, inputs: readonly Input[], { io }: Invocation): string | undefined {
  if (operand === "-" || io.files.kind(operand) !== "directory") return undefined;
  const path = withoutSlashes(operand, io);
  const isRead = inputs.some((input) => ("operand" in input ? input.operand : "path" in input && input.path) === path);
  return isRead ? undefined : `${path}: there are no files of policy in it`;
}

/** The files that the operands name; `-` is standard input, no operand is the directory of profiles. */
export function readInputs(call: Invocation): Inputs {
  const operands = call.operands.length === 0 ? [baseDirectory(call)] : call.operands;
  const inputs = operands.flatMap((operand): readonly Input[] =>
    operand === "-" ? [{ kind: "stdin" }] : listInputs([withoutSlashes(operand, call.io)], call.io, skippedHere),
  );
  const texts: NamedText[] = [];
  const refusals = operands.flatMap((operand) => emptyDirectory(operand, inputs, call) ?? []);
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
