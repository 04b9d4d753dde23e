/** What the functions of the doors about compiled policy, questions and logs take: parameter by parameter, in their order. */
import type { ParametersOf } from "./guarded.ts";
import { question } from "./rules.ts";
import {
  anything,
  bigint,
  bytes,
  callback,
  count,
  either,
  fields,
  flag,
  lines,
  list,
  made,
  map,
  notNegative,
  optional,
  options,
  parameter,
  text,
  word,
} from "./shape.ts";
import {
  accessSet,
  automatonName,
  compiledAutomaton,
  compiledPolicy,
  compiledProfile,
  compileOptions,
  dfa,
  digest,
  event,
  eventGroups,
  files,
  fileStore,
  generation,
  learnAnswer,
  policy,
  profile,
  resolveOptions,
  sourceFile,
} from "./values.ts";

const left = parameter("left", dfa);
const right = parameter("right", dfa);
const aDfa = parameter("dfa", dfa);
const thePolicy = parameter("policy", policy);
const input = {
  expected: "an array of numbers or a Uint8Array",
  trouble: either("an array of numbers or a Uint8Array", list(count), bytes).trouble,
};

export const automataParameters = {
  byteClasses: [aDfa],
  combineAutomata: [
    left,
    right,
    parameter("combine", callback("combines two outputs")),
    parameter("maxStates", optional(count)),
  ],
  createAutomata: [
    parameter(
      "options",
      options({ combine: callback("combines labels"), maxStates: optional(count), maxBytes: optional(count) }),
    ),
  ],
  firstDifference: [left, right, parameter("isSame", optional(callback("compares two outputs")))],
  firstUncovered: [
    parameter("outer", dfa),
    parameter("inner", dfa),
    parameter("covers", optional(callback("compares two outputs"))),
  ],
  matches: [aDfa, parameter("input", input)],
  shortestAccepted: [aDfa, parameter("isWanted", optional(callback("chooses outputs")))],
  step: [aDfa, parameter("state", count), parameter("symbol", count)],
  walkProduct: [
    left,
    right,
    parameter("visit", callback("hears of each pair")),
    parameter("isWanted", optional(callback("chooses pairs"))),
  ],
  witnesses: [aDfa],
} satisfies ParametersOf<typeof import("../automata.ts")>;

export const compileParameters = {
  compilePolicy: [thePolicy, parameter("options", compileOptions)],
  createCompileSession: [],
  familiesOf: [thePolicy, parameter("namespace", optional(text))],
  planPolicy: [thePolicy, parameter("options", compileOptions)],
} satisfies ParametersOf<typeof import("../compile.ts")>;

const decodeOptions = parameter(
  "options",
  optional(options({ decompress: optional(callback("expands a zstd frame")) })),
);

export const policydbParameters = {
  decodePolicy: [parameter("bytes", bytes), decodeOptions],
  encodePolicy: [parameter("policy", compiledPolicy)],
  validatePolicy: [parameter("bytes", bytes), parameter("kernel", generation), decodeOptions],
} satisfies ParametersOf<typeof import("../policydb.ts")>;

const aPolicy = parameter("policy", compiledPolicy);
const view = word("owner", "other", "policydb", "xmatch");
const anAutomaton = parameter("automaton", compiledAutomaton);
const aState = parameter("state", count);
const graphOptions = parameter("options", optional(options({ maxStates: optional(count) })));
const effort = optional(fields("an effort", { patterns: anything }));
const work = optional(fields("what may be spent", {}));

export const decompileParameters = {
  attachmentPatterns: [parameter("profile", compiledProfile), parameter("work", work)],
  policyToJson: [aPolicy, parameter("work", work)],
  renderGraph: [anAutomaton, parameter("name", automatonName), graphOptions],
  renderPolicy: [aPolicy, parameter("effort", effort)],
  rulesOf: [
    parameter("profile", compiledProfile),
    parameter("options", optional(options({ isFamily: optional(flag), effort }))),
  ],
  renderPolicyGraph: [aPolicy, graphOptions],
} satisfies ParametersOf<typeof import("../decompile.ts")>;

export const compiledParameters = {
  acceptBits: [anAutomaton, aState],
  permissionsOf: [anAutomaton, aState, parameter("view", view)],
  startState: [anAutomaton, parameter("kind", automatonName)],
} satisfies ParametersOf<typeof import("../compiled.ts")>;

const sets = [parameter("left", accessSet), parameter("right", accessSet)] as const;
const questionMemory = made("a memory of questions", "`createQuestionMemory()`", { kind: text });
const questionWorld = options(
  { preamble: text, resolve: resolveOptions, compile: compileOptions, memory: optional(questionMemory) },
  "the company of a question",
);

export const setsParameters = {
  accessesOf: [
    parameter("profile", compiledProfile),
    parameter("aspect", optional(word("allow", "audit", "quiet", "prompt"))),
  ],
  asRules: [parameter("set", accessSet)],
  compareSets: [parameter("asked", accessSet), parameter("set", accessSet)],
  contains: [parameter("outer", accessSet), parameter("inner", accessSet)],
  createQuestionMemory: [],
  intersect: sets,
  isEmpty: [parameter("set", accessSet)],
  meets: sets,
  parseQuestion: [parameter("written", text), parameter("world", questionWorld), parameter("asked", optional(text))],
  preambleOf: [parameter("source", sourceFile)],
  subtract: sets,
  witnessOf: [parameter("set", accessSet)],
} satisfies ParametersOf<typeof import("../sets.ts")>;

const limit = parameter("limit", optional(count));

export const compiledQuestionsParameters = {
  comparePolicies: [parameter("left", compiledPolicy), parameter("right", compiledPolicy), limit],
  compareStreams: [parameter("left", bytes), parameter("right", bytes), limit],
  leftMatch: [
    parameter("attachment", compiledAutomaton),
    parameter("path", bytes),
    parameter("kernel", optional(generation)),
  ],
  kernelPermissions: [
    anAutomaton,
    aState,
    parameter("view", view),
    parameter("place", options({ kernel: generation, version: count })),
  ],
  mediates: [parameter("profile", compiledProfile), parameter("classNumber", count)],
  queryProfile: [
    parameter("profile", compiledProfile),
    parameter("classNumber", count),
    parameter("data", bytes),
    parameter("options", options({ kernel: generation, isOwner: flag })),
  ],
} satisfies ParametersOf<typeof import("../compiled-questions.ts")>;

const profiles = list(profile);
const profileOrPath = either("a profile of the model, or an array of it and its parents", profile, profiles);

export const analysisParameters = {
  attach: [parameter("profiles", profiles), parameter("path", text), parameter("attributes", optional(map))],
  attachmentScore: [parameter("pattern", text), parameter("path", text)],
  decide: [
    parameter("profile", profileOrPath),
    parameter("question", question),
    parameter("kernel", optional(generation)),
  ],
  effectOf: [
    parameter("profile", profile),
    parameter(
      "decision",
      made("a decision", "`decide`", {
        allowed: flag,
        granted: list(text),
        missing: list(text),
        denied: list(text),
        prompted: list(text),
        quiet: flag,
      }),
    ),
    parameter("kind", optional(text)),
  ],
  fit: [
    parameter("text", text),
    parameter("kind", word("path", "text", "address")),
    parameter("input", made("a subject", "`subject`", { text, bytes })),
  ],
  subject: [parameter("text", text)],
  execDestination: [
    parameter("execution", fields("an execution", { caller: profiles, world: profiles, path: text, owner: flag })),
  ],
} satisfies ParametersOf<typeof import("../analysis.ts")>;

const anEvent = parameter("event", event);
const keyOf = parameter("keyOf", optional(callback("distinguishes events")));

export const auditParameters = {
  bytesText: [anEvent, parameter("field", text)],
  countLog: [
    parameter(
      "options",
      options({
        isWanted: optional(callback("chooses events")),
        sinceMs: optional(notNegative),
        untilMs: optional(notNegative),
        keyOf: optional(callback("distinguishes events")),
        isTimed: optional(flag),
        limit: optional(notNegative),
        wantsCalls: optional(flag),
        onEvent: optional(callback("hears of events")),
        onFailure: optional(callback("hears of bugs")),
        onCutLine: optional(callback("hears of lines that are cut")),
      }),
    ),
  ],
  eventKey: [anEvent],
  groupEvents: [parameter("events", list(event)), keyOf],
  lossDetector: [],
  parseLine: [parameter("line", text)],
  readLog: [parameter("lines", lines)],
  recordId: [parameter("record", fields("an event", {}))],
} satisfies ParametersOf<typeof import("../audit.ts")>;

const setOfTexts = { expected: "a Set of strings", trouble: setTrouble };

function setTrouble(value: unknown, path: string): string | undefined {
  return value instanceof Set ? undefined : `\`${path}\` should be a Set of strings`;
}

const setOfNumbers = {
  expected: "a Set of numbers",
  trouble: (value: unknown, path: string): string | undefined =>
    value instanceof Set ? undefined : `\`${path}\` should be a Set of numbers`,
};

const learnFields = {
  profiles,
  abstractions: optional(
    either(
      "an array of abstractions, or a function that gives one",
      list(fields("an abstraction", { path: text, rules: list(anything) })),
      callback("gives the abstractions"),
    ),
  ),
  variables: optional(setOfTexts),
  execChoices: optional(map),
  hatChoices: optional(map),
  defaultHatOf: optional(callback("names a hat for what a profile does in hats that it lacks")),
  requiredHatsOf: optional(callback("names the hats of a new profile")),
  globFrom: optional(count),
  isWritable: optional(callback("says whether a rule can be written")),
  includeFrom: optional(count),
  readRules: optional(callback("reads drafts as rules")),
};
const aSession = parameter(
  "session",
  made("a session", "`openSession`", {
    groups: eventGroups,
    options: fields("options", {}),
    learning: fields("what was learned", { proposals: list(anything), skipped: list(anything) }),
    answered: map,
    execChoices: map,
    hatChoices: map,
  }),
);

const anAnswer = parameter("answer", learnAnswer);

export const learnParameters = {
  answer: [aSession, anAnswer],
  answerRest: [aSession],
  answersOf: [aSession],
  candidateFor: [aSession, anAnswer],
  changesOf: [aSession],
  choiceOf: [parameter("candidate", made("a candidate", "`question`", { kind: text, actions: list(anything) }))],
  choosePatterns: [
    parameter("path", text),
    parameter("variables", setOfTexts),
    parameter(
      "evidence",
      optional(
        options({
          pids: optional(setOfNumbers),
          isTransient: optional(flag),
          transientDirectories: optional(setOfTexts),
          fanOuts: optional(setOfTexts),
        }),
      ),
    ),
  ],
  execKey: [parameter("profile", text), parameter("path", text)],
  fits: [aSession, anAnswer],
  openSession: [
    parameter("groups", eventGroups),
    parameter("options", options({ ...learnFields, newProfiles: optional(list(text)) })),
  ],
  propose: [
    parameter("groups", eventGroups),
    parameter("options", options(learnFields)),
    parameter("accepts", optional(callback("accepts a proposal"))),
  ],
  question: [aSession],
  questions: [aSession],
  selectionsOf: [aSession],
} satisfies ParametersOf<typeof import("../learn.ts")>;

const directory = parameter("directory", text);
const location = parameter("location", text);
const cacheFeatures = parameter("features", text);
const store = parameter("files", fileStore);
const theDigest = parameter("digest", digest);

export const cachesParameters = {
  automatonCache: [directory, store, theDigest],
  cacheDirectory: [parameter("files", files), location, cacheFeatures],
  createCache: [store, location, cacheFeatures],
  createTracer: [parameter("below", files), theDigest],
  openCache: [parameter("files", files), location, cacheFeatures],
  purgeCache: [store, location],
  readEntry: [store, parameter("directories", list(text)), parameter("name", text), theDigest],
  replayer: [parameter("files", files), theDigest],
  resultCache: [directory, store, theDigest],
  writeEntry: [
    store,
    directory,
    parameter("name", text),
    parameter(
      "entry",
      fields("an entry", {
        bytes,
        record: fields("a record", { key: text, blob: text, observations: list(text) }),
        modifiedNs: bigint,
      }),
    ),
  ],
} satisfies ParametersOf<typeof import("../caches.ts")>;
