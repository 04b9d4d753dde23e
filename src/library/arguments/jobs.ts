/** What the jobs take, and the objects that they give: their functions look at what they take as well. */
import type { LearnSession, PolicyEngine } from "../../app/index.ts";
import { heldFiles } from "../given-ports.ts";
import { guardedMethods, type ParametersOf } from "./guarded.ts";
import { portsResults } from "./port-methods.ts";
import {
  bytes,
  count,
  either,
  fields,
  flag,
  lines,
  list,
  made,
  optional,
  options,
  parameter,
  text,
  textThat,
  word,
} from "./shape.ts";
import {
  checkedSources,
  files,
  fileStore,
  fileTable,
  jobOptions,
  kernel,
  learnAnswer,
  outline,
  partialSettings,
  policyInput,
  policyInputs,
  policySource,
  processes,
  settings,
  suites,
} from "./values.ts";

const aPolicy = parameter("policy", policyInput);
const somePolicy = parameter("policy", policyInputs);
const plainOptions = parameter("options", optional(jobOptions()));
const aLog = parameter("log", either("the text of a log, or its lines", text, lines));
/** Of several lines the first alone would be explained. */
const aLine = textThat("one line of a log", (line) =>
  /[^\n]\n[^\n]/.test(line) ? `${line.split("\n").length} lines (\`readEvents\` takes a log)` : undefined,
);
const learnedFile = made("a learned file", "`result().files`", {
  path: text,
  before: optional(text),
  after: optional(text),
});

const unit = fields("a unit", { path: text, programs: list(text), profile: optional(text), because: text });

export const jobParameters = {
  check: [aPolicy, plainOptions],
  compile: [aPolicy, plainOptions],
  countModes: [parameter("items", list(fields("an item with a mode", { mode: optional(text) })))],
  createEngine: [],
  decode: [parameter("bytes", bytes), parameter("form", optional(word("text", "graph", "data")))],
  decodeBytes: [parameter("bytes", bytes)],
  defaultPolicySettings: [parameter("given", partialSettings)],
  diff: [
    parameter("before", policyInputs),
    parameter("after", policyInputs),
    parameter("options", optional(jobOptions({ filesBefore: optional(files) }))),
  ],
  encodeBytes: [parameter("text", text)],
  explain: [somePolicy, parameter("profile", text), parameter("rule", text), plainOptions],
  explainEvent: [somePolicy, parameter("line", aLine), plainOptions],
  format: [
    aPolicy,
    parameter("options", optional(options({ sort: optional(flag), modernizeIncludes: optional(flag) }))),
  ],
  fullNames: [parameter("outline", outline)],
  learn: [
    aLog,
    parameter("options", optional(jobOptions({ profile: optional(text), createProfiles: optional(flag) }))),
  ],
  lint: [
    somePolicy,
    parameter(
      "options",
      optional(jobOptions({ isWhole: optional(flag), config: optional(text), units: optional(list(unit)) })),
    ),
  ],
  load: [somePolicy, parameter("options", jobOptions({ kernel, how: optional(word("add", "replace")) }))],
  memoryFiles: [parameter("files", optional(fileTable))],
  port: [aPolicy, parameter("release", word("3.0", "4.0", "4.1", "5.0")), plainOptions],
  query: [somePolicy, parameter("rule", text), parameter("options", optional(jobOptions({ by: optional(text) })))],
  reach: [
    somePolicy,
    parameter("from", text),
    parameter(
      "options",
      optional(
        jobOptions({
          to: optional(text),
          others: optional(flag),
          enforced: optional(flag),
          noNewPrivileges: optional(flag),
        }),
      ),
    ),
  ],
  readEvents: [aLog],
  readModel: [aPolicy, plainOptions],
  readStatus: [parameter("kernel", kernel), parameter("processes", processes)],
  refusalText: [parameter("refusal", fields("a refusal of the kernel", { kind: text }))],
  renderDiagnostics: [
    parameter("checked", checkedSources),
    parameter("options", optional(options({ colors: optional(flag), width: optional(count), all: optional(flag) }))),
  ],
  runTests: [
    somePolicy,
    parameter("suites", suites),
    parameter("options", optional(jobOptions({ coverage: optional(flag), mutations: optional(flag) }))),
  ],
  writeLearned: [parameter("files", list(learnedFile)), parameter("store", fileStore)],
} satisfies ParametersOf<typeof import("../index.ts")>;

const asked = [parameter("source", policySource), parameter("settings", settings), parameter("files", files)] as const;

function guardedEngine(engine: PolicyEngine): PolicyEngine {
  const inner: PolicyEngine = {
    ...engine,
    check: (source, given, port) => engine.check(source, given, heldFiles(port)),
    outline: (source, given, port) => engine.outline(source, given, heldFiles(port)),
    verify: (source, given, port) => engine.verify(source, given, heldFiles(port)),
    compile: (source, given, port) => engine.compile(source, given, heldFiles(port)),
    stages: (source, given, port) => engine.stages(source, given, heldFiles(port)),
    session: (port) => engine.session(heldFiles(port)),
  };
  return guardedMethods("engine", inner, {
    check: asked,
    outline: asked,
    verify: asked,
    compile: asked,
    stages: asked,
    session: [parameter("files", files)],
  });
}

const anAnswer = [parameter("answer", learnAnswer)] as const;

function guardedSession(session: LearnSession): LearnSession {
  const inner: LearnSession = {
    ...session,
    answer: (given) => {
      const next = session.answer(given);
      return next.ok ? { ok: true, value: guardedSession(next.value) } : next;
    },
    answerRest: () => guardedSession(session.answerRest()),
  };
  return guardedMethods("session", inner, { answer: anAnswer, preview: anAnswer, opened: anAnswer, fits: anAnswer });
}

/** What is made of the objects that these functions give. */
export const jobResults = { createEngine: guardedEngine, learn: guardedSession, ...portsResults };
