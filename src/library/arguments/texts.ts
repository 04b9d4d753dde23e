/** What the functions of the doors about texts take: parameter by parameter, in their order. */
import type { ParametersOf } from "./guarded.ts";
import { changes, includeDraft, layout, profileDraft, ruleDraft } from "./rules.ts";
import {
  bytes,
  count,
  list,
  optional,
  options,
  parameter,
  type Shape,
  text,
  anything,
  flag,
  word,
  fields,
} from "./shape.ts";
import {
  diagnostics,
  features,
  files,
  fileTable,
  findSource,
  frameOptions,
  glob,
  lineStarts,
  profile,
  reported,
  resolveInput,
  resolveOptions,
  sarifTool,
  sourceFile,
  span,
  syntaxTree,
  textEdit,
} from "./values.ts";

const aText = parameter("text", text);
const aTree = parameter("tree", syntaxTree);
const aName = parameter("name", text);
const aFeatureTree = parameter("tree", features);
const globOptions = parameter("options", options({ nul: flag }));

/** Edits of the text before them. */
const edits: Shape = {
  expected: "edits",
  trouble: (value, path, given = []) => {
    const trouble = list(textEdit).trouble(value, path);
    if (trouble !== undefined || !Array.isArray(value)) return trouble;
    let free = 0;
    for (const { start, end } of value.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
      if (start < free || end < start || end > String(given[0]).length)
        return `\`${path}\` should be edits inside the text that do not overlap`;
      free = end;
    }
    return undefined;
  },
};

export const textParameters = {
  applyEdits: [aText, parameter("edits", edits)],
  decodeBytes: [parameter("bytes", bytes)],
  displayLines: [aText],
  displayText: [aText],
  encodeBytes: [aText],
  lineStarts: [aText],
  offsetAt: [
    parameter("starts", lineStarts),
    parameter("position", fields("a position", { line: count, column: count })),
  ],
  positionAt: [parameter("starts", lineStarts), parameter("offset", count)],
  sourceFile: [parameter("path", text), aText],
  unifiedDiff: [
    parameter("oldText", text),
    parameter("newText", text),
    parameter("options", options({ context: optional(count), oldName: text, newName: text })),
  ],
} satisfies ParametersOf<typeof import("../text.ts")>;

const whatWasFound = parameter("reported", reported);

export const diagnosticsParameters = {
  editorMarkers: [whatWasFound, parameter("find", findSource)],
  jsonReport: [whatWasFound, parameter("find", findSource)],
  renderHuman: [whatWasFound, parameter("options", frameOptions)],
  renderLines: [whatWasFound, parameter("find", findSource)],
  sarifLog: [whatWasFound, parameter("tool", sarifTool), parameter("find", findSource)],
  sortDiagnostics: [parameter("diagnostics", diagnostics)],
} satisfies ParametersOf<typeof import("../diagnostics.ts")>;

export const featuresParameters = {
  compileTarget: [parameter("kernel", features), parameter("policy", features)],
  featureId: [aText],
  featureWords: [aFeatureTree, parameter("path", text)],
  hasFeature: [aFeatureTree, parameter("path", text)],
  intersectFeatures: [parameter("first", features), parameter("second", features)],
  parseFeatures: [aText],
  printFeatures: [aFeatureTree],
  sortFeatures: [aFeatureTree],
} satisfies ParametersOf<typeof import("../features.ts")>;

export const globsParameters = {
  checkGlob: [aText, globOptions],
  globExpression: [aText, globOptions],
  isExact: [parameter("glob", glob)],
  matches: [parameter("glob", glob), parameter("bytes", bytes)],
  minimalLength: [parameter("glob", glob)],
  parseGlob: [aText, globOptions],
} satisfies ParametersOf<typeof import("../globs.ts")>;

export const syntaxParameters = {
  formatTree: [
    aTree,
    parameter("options", optional(options({ sort: optional(flag), modernizeIncludes: optional(flag) }))),
  ],
  parse: [parameter("source", sourceFile)],
  printTree: [aTree],
} satisfies ParametersOf<typeof import("../syntax.ts")>;

export const modelParameters = {
  emptyProfile: [aName],
  profileKey: [parameter("profile", profile)],
  splitFullName: [parameter("fullName", text)],
} satisfies ParametersOf<typeof import("../model.ts")>;

const namedFile = fields("a file with the names of its profiles", {
  path: text,
  profiles: list(fields("a named profile", { key: text, name: text, span })),
});

export const languageParameters = {
  createResolveSession: [parameter("files", files)],
  findConflicts: [parameter("files", list(namedFile))],
  readPolicy: [parameter("input", resolveInput), parameter("options", resolveOptions)],
  resolvePolicy: [parameter("input", resolveInput), parameter("options", resolveOptions)],
  resolvePolicySet: [parameter("directory", text), parameter("options", resolveOptions)],
} satisfies ParametersOf<typeof import("../language.ts")>;

const problemReason = word(
  "profile-not-found",
  "profile-unclosed",
  "rule-not-found",
  "include-not-found",
  "profile-exists",
  "not-writable",
);

export const editParameters = {
  isLiteral: [parameter("pattern", text)],
  isPlainName: [aName],
  literalPattern: [aText],
  literalText: [parameter("pattern", text)],
  plan: [aTree, parameter("changes", changes)],
  printInclude: [parameter("include", includeDraft)],
  printProfile: [parameter("profile", profileDraft), parameter("layout", layout), parameter("base", optional(text))],
  printRule: [parameter("rule", ruleDraft)],
  printWord: [parameter("value", text)],
  problemText: [parameter("problem", fields("a problem", { reason: problemReason, detail: optional(text) }))],
} satisfies ParametersOf<typeof import("../edit.ts")>;

const aWord = parameter("text", text);
const aNumber = parameter("number", count);

export const tablesParameters = {
  capabilityName: [aNumber],
  capabilityNumber: [aName],
  errnoName: [aNumber],
  errnoNumber: [aName],
  familyName: [aNumber],
  familyNumber: [aName],
  ignoredFileName: [aName],
  isCapabilityName: [aWord],
  isFileLetter: [aWord],
  isMountWord: [aWord],
  isNetworkType: [aWord],
  isPermissionWord: [
    parameter("kind", word("network", "unix", "signal", "ptrace", "dbus", "mqueue", "io_uring", "userns")),
    aWord,
  ],
  isSignalName: [aWord],
  isSocketFamily: [aWord],
  isUnixType: [aWord],
  nearestWord: [parameter("word", text), parameter("known", list(text))],
  parseFilePermissions: [aText],
  printFilePermissions: [parameter("permissions", count), parameter("exec", optional(anything))],
  rlimitByName: [aName],
  signalName: [aNumber],
  signalNumber: [aName],
} satisfies ParametersOf<typeof import("../tables.ts")>;

export const portsParameters = {
  memoryFiles: [parameter("files", optional(fileTable))],
  troubleText: [parameter("trouble", fields("a trouble", { kind: text }))],
} satisfies ParametersOf<typeof import("../ports.ts")>;
