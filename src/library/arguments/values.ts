/** Shapes of what passes between public functions: texts and trees, models, compiled policy, ports. */
import {
  anything,
  bigint,
  bytes,
  callback,
  count,
  either,
  fields,
  flag,
  kinds,
  list,
  made,
  madeWhole,
  map,
  numbers,
  optional,
  options,
  type Shape,
  table,
  text,
  textThat,
  word,
} from "./shape.ts";
import { featureSetNames, isKernelText, meantFeatureSet } from "../../language/features/index.ts";

const anyList = list(anything, "an array");
const words = list(text);

export const sourceFile = made("a source file", "`sourceFile(path, text)`", { id: text, path: text, text });
export const span = fields("a span", { file: text, start: count, end: count });
export const textEdit = fields("an edit", { start: count, end: count, newText: text });
export const lineStarts = numbers("Uint32Array");
export const syntaxTree = made("a tree", "`parse`", { source: sourceFile, items: anyList });
export const features = made("a feature tree", "`parseFeatures(text).tree`", { entries: map });
const parts = { expected: "patterns", trouble: (value: unknown, path: string) => patterns.trouble(value, path) };
export const glob = kinds("a pattern, as `parseGlob` gives it", {
  literal: { bytes },
  set: { set: anything, negated: flag },
  sequence: { parts },
  alternative: { branches: parts },
  star: { set: anything, negated: flag },
});
const patterns = list(glob);

const diagnostic = made("a diagnostic", "`check`", {
  code: text,
  severity: word("error", "warning", "info", "hint"),
  message: text,
  at: fields("a label", { span, message: text }),
  also: anyList,
  fixes: anyList,
});
export const diagnostics = list(diagnostic);
const report = fields("a report of a file", { file: sourceFile, ok: flag, diagnostics });
export const findSource = optional(callback("finds the text of a file by its id"));
export const frameOptions = optional(options({ width: optional(count), find: findSource, colors: optional(flag) }));
export const sarifTool = fields("a description of the tool", {
  name: text,
  version: text,
  codes: fields("a table of codes", {}),
});

const origin = fields("an origin", { span, includes: anyList });
export const profile = made("a profile of the model", "`resolvePolicy`", {
  name: text,
  flags: fields("flags", {}),
  rules: anyList,
  children: anyList,
  origin,
});
export const policy = made("the model of a policy", "`resolvePolicy(…).value`", {
  profiles: list(profile),
  aliases: anyList,
  files: words,
});

export const files: Shape = fields("files (`memoryFiles`, `nodeFiles`, or functions `read`, `list` and `kind`)", {
  read: callback("reads a file"),
  list: callback("lists a directory"),
  kind: callback("says what is at a path"),
});
export const fileStore: Shape = fields("files that can be written (`memoryFiles`, `nodeFiles`)", {
  read: callback("reads a file"),
  list: callback("lists a directory"),
  kind: callback("says what is at a path"),
  status: callback("says what is known of a file"),
  readOwn: callback("reads a file that only this user can have written"),
  write: callback("writes a file"),
  output: callback("opens a file for a result"),
  within: callback("holds a directory"),
  remove: callback("removes a file"),
  makeDirectory: callback("makes a directory"),
});
export const digest = fields("a digest (`nodeDigest`)", { sha256: callback("digests bytes and texts") });
export const kernel = fields("a kernel (`nodeKernel`)", {
  load: callback("loads policy"),
  replace: callback("replaces policy"),
  remove: callback("removes a profile"),
  profiles: callback("lists the profiles"),
  enabled: callback("says whether AppArmor is on"),
});
export const processes = fields("processes (`nodeProcesses`)", { confinement: callback("lists processes") });

/** Which texts, by absolute path: a relative one would never be found. */
const plainTable = table(
  either("a string, a Uint8Array or null", text, bytes, { expected: "null", trouble: nullTrouble }),
  "an object of absolute paths and their texts",
  (path, where) =>
    path.startsWith("/") ? undefined : `\`${where}\` should have absolute paths, and \`${path}\` is none`,
);

/** Files that can be there together: nothing is below a file. */
export const fileTable: Shape = {
  expected: plainTable.expected,
  trouble: (value, where) => plainTable.trouble(value, where) ?? fileBelowFile(Object.keys(Object(value)), where),
};

function fileBelowFile(paths: readonly string[], where: string): string | undefined {
  const known = new Set(paths.map((path) => path.replaceAll(/\/+/g, "/")));
  for (const path of paths) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const above = path.slice(0, end);
      if (known.has(above)) return `\`${where}\` should have files alone, and \`${path}\` would be in \`${above}\``;
    }
  }
  return undefined;
}

function nullTrouble(value: unknown, path: string): string | undefined {
  return value === null ? undefined : `\`${path}\` should be null`;
}

const setNames: readonly string[] = featureSetNames;

/** What is wrong with a text that should be a feature tree: a kernel that can do nothing would be compiled for without a word. */
function featureProblem(given: string): string | undefined {
  if (isKernelText(given)) return undefined;
  if (given === "") return "an empty string";
  const near = meantFeatureSet(given);
  const shown = given.length > 40 || given.includes("\n") ? "another text" : JSON.stringify(given);
  return near === undefined ? shown : `${shown}; did you mean ${JSON.stringify(near)}?`;
}

const names = setNames.map((name) => JSON.stringify(name)).join(", ");
const featureText = textThat("the text of a kernel's features (`featureSets` has some)", featureProblem);
/** By name, too. */
const featuresGiven = textThat(`${names} or the text of a kernel's features`, (given) =>
  setNames.includes(given) ? undefined : featureProblem(given),
);

/** The fields of `PolicySettings`; `base` and the rest are complete where an engine is asked, and may be left out of a job's options. */
const settingFields = {
  base: text,
  includePath: words,
  kernelFeatures: featureText,
  policyFeatures: policyFeatures(featureText),
  overrideAbi: flag,
  namespace: optional(text),
  forceComplain: flag,
  readImpliesExec: flag,
  workingDirectory: text,
  encoding: options(
    {
      diffEncode: optional(flag),
      equivalenceClasses: optional(flag),
      state32: optional(flag),
      promptCompat: optional(word("table", "flag", "ignore")),
    },
    "an object that says how tables are written (`diffEncode`, `equivalenceClasses`, `state32`, `promptCompat`)",
  ),
};

export const settings = options(settingFields, "settings (`defaultPolicySettings()`)");

function policyFeatures(given: Shape): Shape {
  return kinds('policy features (`{ kind: "default" }`, `{ kind: "kernel" }` or `{ kind: "text", text }`)', {
    default: {},
    kernel: {},
    text: { text: given },
  });
}

const givenFields = { ...settingFields, kernelFeatures: featuresGiven, policyFeatures: policyFeatures(featuresGiven) };
const optionalFields: Readonly<Record<string, Shape>> = Object.fromEntries(
  Object.entries(givenFields).map(([name, shape]) => [name, optional(shape)]),
);
export const partialSettings = optional(options(optionalFields));

/** The options of a job: settings, files, and what the job itself knows. */
export function jobOptions(more: Readonly<Record<string, Shape>> = {}): Shape {
  return options({ ...optionalFields, files: optional(files), ...more });
}

export const policySource = fields("a policy source (`{ path, bytes }`)", { path: text, bytes });
const policyText = fields("a text with its path (`{ path, text }`)", { path: text, text });

/** With a text, or with bytes; where there is neither, either would do. */
const policyFile: Shape = {
  expected: "`{ path, text }` or `{ path, bytes }`",
  trouble: (value, path) => {
    const has = (name: string): boolean => typeof value === "object" && value !== null && Reflect.has(value, name);
    if (has("path") && !has("text") && !has("bytes"))
      return `\`${path}\` should have a \`text\` or \`bytes\` beside its path`;
    if (has("text") && has("bytes")) return `\`${path}\` should have \`text\` or \`bytes\`, and not both`;
    return (has("bytes") && !has("text") ? policySource : policyText).trouble(value, path);
  },
};
export const policyInput = either("the text of a policy, or `{ path, text }`, or `{ path, bytes }`", text, policyFile);
export const policyInputs = either(
  "the text of a policy, or `{ path, text }`, or `{ path, bytes }`, or an array of these",
  text,
  policyFile,
  list(policyInput),
);
export const suites = either(
  "the text of a suite, or `{ path, text }`, or an array of these",
  text,
  policyText,
  list(either("the text of a suite, or `{ path, text }`", text, policyText)),
);

export const outline: Shape = made("an outline of a profile", "`check(…).profiles`", {
  name: text,
  written: text,
  namespace: optional(text),
  children: { expected: "outlines", trouble: (value, path) => outlines.trouble(value, path) },
  span,
});
const outlines = list(outline);
const checkedFields = { path: text, ok: flag, diagnostics, texts: list(sourceFile) };
const checkedSource = madeWhole("what `check` or `compile` gives", checkedFields);
const oneReported = either("what `check` gives, or a report of a file", checkedSource, report);
export const reported = either(
  "what `check` gives, or a report of a file, or an array of these",
  checkedSource,
  report,
  list(oneReported),
);
export const checkedSources = either(
  "what `check` or `compile` gives, or an array of it",
  checkedSource,
  list(checkedSource),
);

export const resolveOptions = options({
  files,
  search: words,
  cwd: optional(text),
  session: optional(
    made("a session", "`createResolveSession`", { source: callback("reads"), tree: callback("parses") }),
  ),
  kernelFeatures: optional(features),
  policyFeatures: optional(features),
  namespace: optional(text),
  limits: optional(table(count, "an object of limits")),
});
export const resolveInput = either(
  "`{ path }` or `{ source }`",
  fields("`{ path }`", { path: text }),
  fields("`{ source }`", { source: sourceFile }),
);
export const compileOptions = options({
  kernelFeatures: features,
  policyFeatures: optional(features),
  overrideFeatures: optional(features),
  session: optional(
    made("a session", "`createCompileSession`", { operand: callback("compiles"), encoding: callback("opens") }),
  ),
  forceComplain: optional(flag),
  namespace: optional(text),
  diffEncode: optional(flag),
  equivalenceClasses: optional(flag),
  state32: optional(flag),
  maxStates: optional(count),
  promptCompat: optional(word("table", "flag", "ignore")),
  upstreamKillSignal: optional(flag),
  trace: optional(
    fields("a trace", { operand: callback("hears of operands"), automaton: callback("hears of automata") }),
  ),
  now: optional(callback("gives milliseconds")),
});

const automaton = made("an automaton", "`build` of an automata session", {
  stateCount: count,
  rows: numbers("Uint32Array"),
  targets: numbers("Uint32Array"),
  symbols: numbers("Uint16Array"),
  defaults: numbers("Uint32Array"),
  outputs: numbers("Uint32Array"),
});

/** Its parts fit each other: what walks through it relies on that, and could go on for ever. */
export const dfa: Shape = {
  expected: automaton.expected,
  trouble: (value, path) =>
    automaton.trouble(value, path) ??
    (partsFit(value) ? undefined : `\`${path}\` should be ${automaton.expected}, but its parts do not fit each other`),
};

function partsFit(value: unknown): boolean {
  const lengthOf = (part: string): number => Number(Reflect.get(Object(Reflect.get(Object(value), part)), "length"));
  const states = Number(Reflect.get(Object(value), "stateCount"));
  return (
    lengthOf("rows") === states + 1 &&
    lengthOf("outputs") === states &&
    lengthOf("defaults") === states &&
    lengthOf("symbols") === lengthOf("targets")
  );
}

export const compiledAutomaton = made("a compiled automaton", "`decodePolicy`", {
  dfa,
  permissions: fields("permissions", { kind: text }),
  transitions: words,
});
export const compiledProfile = made("a compiled profile", "`decodePolicy` or `compilePolicy`", {
  version: count,
  name: text,
  flags: count,
  mode: count,
  capabilities: fields("capabilities", {}),
});
export const compiledPolicy = made("a compiled policy", "`decodePolicy`", { profiles: list(compiledProfile) });
export const generation = word("6.1", "6.12", "7.2");
export const automatonName = word("file", "policydb", "xmatch");
const setPart = optional(fields("a part of a set", { dfa, grants: anyList }));
export const accessSet = made("a set of accesses", "`accessesOf` or `parseQuestion`", {
  file: setPart,
  policydb: setPart,
  capabilities: bigint,
  sockets: anyList,
  limits: anyList,
});

export const event = made("an event", "`parseLine` or `readLog`", { type: text, kind: text });
export const eventGroups = list(made("a group of events", "`groupEvents`", { key: text, event, count }));

const variation = options({
  path: optional(text),
  audit: optional(flag),
  owner: optional(flag),
  target: optional(text),
  scrubbed: optional(flag),
  fallsBack: optional(flag),
});
export const learnAnswer = options(
  { question: text, choice: text, variation: optional(variation) },
  "an answer (`{ question, choice }`)",
);
