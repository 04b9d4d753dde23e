/**
 * A call for every public function that takes something: with what, as the examples of the documentation have it. Laws about public functions
 * start from these.
 */
import { Socket } from "node:net";
import * as library from "armorer";
import * as analysis from "armorer/analysis";
import * as sets from "armorer/analysis/sets";
import * as audit from "armorer/audit";
import * as compiling from "armorer/compile";
import * as confinement from "armorer/confinement";
import * as features from "armorer/features";
import * as globs from "armorer/globs";
import * as host from "armorer/host";
import * as language from "armorer/language";
import * as learning from "armorer/learn";
import * as policydb from "armorer/policydb";
import * as syntax from "armorer/syntax";
import * as text from "armorer/text";

const NOWHERE = { root: "/nowhere" };
const POLICY = "profile demo { /etc/hosts r, deny /etc/shadow r, capability chown, }\n";
const LINE =
  'type=AVC msg=audit(1764374400.123:42): apparmor="DENIED" operation="open" class="file" profile="demo" name="/etc/x" pid=7 comm="demo" requested_mask="r" denied_mask="r" fsuid=0 ouid=0';

const source = text.sourceFile("demo", POLICY);
const files = library.memoryFiles({ "/etc/apparmor.d/demo": POLICY });
const kernelFeatures = features.parseFeatures(features.featureSets["kernel-7.2"]).tree;
const resolveOptions = { files, search: ["/etc/apparmor.d"], kernelFeatures, policyFeatures: kernelFeatures };
const model = language.resolvePolicy({ source }, resolveOptions).value;
const profile = model.profiles[0] ?? broken();
const compileOptions = { kernelFeatures, policyFeatures: kernelFeatures };
const compiled = compiling.compilePolicy(model, compileOptions);
const stream = policydb.encodePolicy({ profiles: compiled.value.flatMap((family) => family.profiles) });
const decoded = policydb.decodePolicy(stream);
const compiledPolicy = decoded.ok ? decoded.value : broken();
const compiledProfile = compiledPolicy.profiles[0] ?? broken();
const automaton = compiledProfile.file ?? broken();
const { dfa } = automaton;
const accesses = sets.accessesOf(compiledProfile);
const checked = await library.check(POLICY);
const event = audit.readLog([LINE]).events[0]?.event ?? broken();
const groups = audit.groupEvents([event]);
const session = learning.openSession(groups, { profiles: [profile] });
const question = learning.question(session) ?? broken();
const glob = globs.parseGlob("/etc/*", { nul: false });
const decision = analysis.decide(profile, { kind: "userns" });
const report = { file: source, ok: true, diagnostics: checked.diagnostics };
const world = { preamble: "", resolve: resolveOptions, compile: compileOptions };
const settings = library.defaultPolicySettings();
const kernel = {
  directory: () => undefined,
  enabled: () => true,
  load: () => ({ ok: true, value: undefined }) as const,
  replace: () => ({ ok: true, value: undefined }) as const,
  remove: () => ({ ok: true, value: undefined }) as const,
  profiles: () => ({ ok: true, value: [] }) as const,
  features: () => ({ ok: true, value: "" }) as const,
  streams: () => ({ ok: true, value: [] }) as const,
};
const processes = { confinement: () => ({ processes: [], hidden: 0 }) };

const tree = syntax.parse(source);

/** What functions made. Nobody writes these by hand, so what is wrong is the whole of one: another value in its place. */
export const made: ReadonlySet<unknown> = new Set<unknown>([
  source,
  tree,
  files,
  model,
  profile,
  kernelFeatures,
  compiledPolicy,
  compiledProfile,
  automaton,
  dfa,
  accesses,
  checked,
  ...checked.profiles,
  ...checked.diagnostics,
  event,
  ...groups,
  session,
  question.proposal.candidates[0],
  glob.ok ? glob.value : undefined,
  decision,
]);

function broken(): never {
  throw new Error("the library does not give what its own documentation says");
}

/** By door and function; the arguments of one good call. */
export const goodCalls: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>> = {
  ".": {
    check: [POLICY, { files }],
    compile: [
      { path: "demo", text: POLICY },
      { files, kernelFeatures: "kernel-6.1" },
    ],
    countModes: [[{ mode: "enforce" }]],
    createEngine: [],
    decode: [stream, "text"],
    decodeBytes: [Uint8Array.of(97)],
    defaultPolicySettings: [{ base: "/p" }],
    diff: [POLICY, "profile demo { /etc/* r, }", { files }],
    encodeBytes: ["a"],
    explain: [POLICY, "demo", "/etc/hosts r", { files }],
    explainEvent: [POLICY, LINE, { files }],
    format: [POLICY, { sort: true }],
    fullNames: [checked.profiles[0]],
    learn: [LINE, { files }],
    lint: [POLICY, { files, isWhole: true, config: "{}", units: [] }],
    load: [POLICY, { kernel, files }],
    memoryFiles: [{ "/a": "b" }],
    port: [POLICY, "3.0", { files }],
    query: [POLICY, "/etc/hosts r", { files, by: "demo" }],
    reach: [POLICY, "demo", { files, others: true }],
    readEvents: [[LINE]],
    readModel: [POLICY, { files, base: "/etc/apparmor.d" }],
    readStatus: [kernel, processes],
    refusalText: [{ kind: "no-apparmor" }],
    renderDiagnostics: [checked, { colors: false }],
    runTests: [POLICY, 'test "x" for demo { all /etc/hosts r, }', { files }],
    writeLearned: [[{ path: "/etc/apparmor.d/demo", before: POLICY, after: POLICY, problems: [] }], files],
  },
  "./text": {
    applyEdits: ["abc", [{ start: 0, end: 1, newText: "x" }]],
    decodeBytes: [Uint8Array.of(97)],
    displayLines: ["a"],
    displayText: ["a"],
    encodeBytes: ["a"],
    lineStarts: ["a\nb"],
    offsetAt: [text.lineStarts("a\nb"), { line: 2, column: 1 }],
    positionAt: [text.lineStarts("a\nb"), 2],
    sourceFile: ["demo", POLICY],
    unifiedDiff: ["a\n", "b\n", { oldName: "a", newName: "b" }],
  },
  "./diagnostics": {
    editorMarkers: [checked],
    jsonReport: [[report]],
    renderHuman: [[report], { width: 80 }],
    renderLines: [[report, checked]],
    sarifLog: [[report], { name: "x", version: "1", codes: {} }],
    sortDiagnostics: [checked.diagnostics],
  },
  "./features": {
    compileTarget: [kernelFeatures, kernelFeatures],
    featureId: ["file {\n}\n"],
    featureWords: [kernelFeatures, "caps/mask"],
    hasFeature: [kernelFeatures, "file"],
    intersectFeatures: [kernelFeatures, kernelFeatures],
    parseFeatures: ["file {\n}\n"],
    printFeatures: [kernelFeatures],
    sortFeatures: [kernelFeatures],
  },
  "./globs": {
    checkGlob: ["/a/*", { nul: false }],
    globExpression: ["/a/*", { nul: false }],
    isExact: [glob.ok ? glob.value : undefined],
    matches: [glob.ok ? glob.value : undefined, Uint8Array.of(47)],
    minimalLength: [glob.ok ? glob.value : undefined],
    parseGlob: ["/a/*", { nul: false }],
  },
  "./syntax": {
    formatTree: [tree, { sort: true }],
    parse: [source],
    printTree: [tree],
  },
  "./model": { emptyProfile: ["demo"], profileKey: [profile], splitFullName: ["a//b"] },
  "./language": {
    createResolveSession: [files],
    findConflicts: [
      [
        {
          path: "a",
          profiles: [{ key: "a", name: "a", namespace: undefined, attachment: undefined, span: profile.origin.span }],
        },
      ],
    ],
    readPolicy: [{ source }, resolveOptions],
    resolvePolicy: [{ source }, resolveOptions],
    resolvePolicySet: ["/etc/apparmor.d", resolveOptions],
  },
  "./edit": {
    isLiteral: ["/a"],
    isPlainName: ["a"],
    literalPattern: ["/a*"],
    literalText: ["/a"],
    plan: [
      tree,
      [
        { kind: "add-rule", profile: ["demo"], rule: { kind: "capability", names: ["kill"] } },
        { kind: "add-rule", profile: ["demo"], rule: "/etc/hostname r" },
      ],
    ],
    printInclude: [{ path: "a", searched: true, ifExists: false }],
    printProfile: [{ keyword: "profile", name: "a", rules: [{ kind: "userns" }] }],
    printRule: [{ kind: "file", path: "/a", permissions: 4 }],
    printWord: ["a"],
    problemText: [{ change: 0, reason: "not-writable", detail: "it is empty" }],
  },
  "./automata": {
    byteClasses: [dfa],
    combineAutomata: [dfa, dfa, (one: number) => one],
    createAutomata: [{ combine: () => 1 }],
    firstDifference: [dfa, dfa],
    firstUncovered: [dfa, dfa],
    matches: [dfa, [47]],
    shortestAccepted: [dfa],
    step: [dfa, 1, 47],
    walkProduct: [dfa, dfa, () => true],
    witnesses: [dfa],
  },
  "./compile": {
    compilePolicy: [model, compileOptions],
    createCompileSession: [],
    familiesOf: [model, undefined],
    planPolicy: [model, compileOptions],
  },
  "./policydb": {
    decodePolicy: [stream],
    encodePolicy: [compiledPolicy],
    validatePolicy: [stream, "7.2"],
  },
  "./decompile": {
    attachmentPatterns: [compiledProfile],
    policyToJson: [compiledPolicy],
    renderGraph: [automaton, "file"],
    renderPolicy: [compiledPolicy],
    rulesOf: [compiledProfile, { isFamily: false }],
    renderPolicyGraph: [compiledPolicy],
  },
  "./compiled": {
    acceptBits: [automaton, 1],
    permissionsOf: [automaton, 1, "owner"],
    startState: [automaton, "file"],
  },
  "./tables": {
    capabilityName: [0],
    capabilityNumber: ["chown"],
    errnoName: [1],
    errnoNumber: ["EPERM"],
    familyName: [1],
    familyNumber: ["unix"],
    ignoredFileName: ["a~"],
    isCapabilityName: ["chown"],
    isFileLetter: ["r"],
    isMountWord: ["ro"],
    isNetworkType: ["stream"],
    isPermissionWord: ["signal", "send"],
    isSignalName: ["hup"],
    isSocketFamily: ["unix"],
    isUnixType: ["stream"],
    nearestWord: ["chwon", ["chown"]],
    parseFilePermissions: ["rw"],
    printFilePermissions: [4],
    rlimitByName: ["nofile"],
    signalName: [1],
    signalNumber: ["hup"],
  },
  "./ports": { memoryFiles: [{ "/a": "b" }], troubleText: [{ kind: "grew" }] },
  "./caches": {
    automatonCache: ["/c", files, host.nodeDigest],
    cacheDirectory: [files, "/c", "x"],
    createCache: [files, "/c", "x"],
    createTracer: [files, host.nodeDigest],
    openCache: [files, "/c", "x"],
    purgeCache: [files, "/c"],
    readEntry: [files, ["/c"], "a", host.nodeDigest],
    replayer: [files, host.nodeDigest],
    resultCache: ["/c", files, host.nodeDigest],
    writeEntry: [
      files,
      "/c",
      "a",
      { bytes: stream, record: { key: "a", blob: "b", observations: [] }, modifiedNs: 1n },
    ],
  },
  "./analysis": {
    attach: [[profile], "/usr/bin/demo"],
    attachmentScore: ["/usr/*", "/usr/a"],
    decide: [profile, { kind: "file", path: "/etc/hosts", letters: ["r"], owner: false }],
    effectOf: [profile, decision],
    fit: ["/etc/*", "path", analysis.subject("/etc/hosts")],
    subject: ["/etc/hosts"],
    execDestination: [{ caller: [profile], world: [profile], path: "/a", owner: false }],
  },
  "./analysis/sets": {
    accessesOf: [compiledProfile, "allow"],
    asRules: [accesses],
    compareSets: [accesses, accesses],
    contains: [accesses, accesses],
    createQuestionMemory: [],
    intersect: [accesses, accesses],
    isEmpty: [accesses],
    meets: [accesses, accesses],
    parseQuestion: ["/etc/hosts r", world],
    preambleOf: [source],
    subtract: [accesses, accesses],
    witnessOf: [accesses],
  },
  "./analysis/tables": {
    comparePolicies: [compiledPolicy, compiledPolicy],
    compareStreams: [stream, stream],
    kernelPermissions: [automaton, 1, "owner", { kernel: "7.2", version: 7 }],
    leftMatch: [automaton, Uint8Array.of(47)],
    mediates: [compiledProfile, 2],
    queryProfile: [compiledProfile, 2, Uint8Array.of(47), { kernel: "7.2", isOwner: false }],
  },
  "./audit": {
    bytesText: [event, "name"],
    countLog: [{ limit: 10, isWanted: () => true }],
    eventKey: [event],
    groupEvents: [[event]],
    lossDetector: [],
    parseLine: [LINE],
    readLog: [[LINE]],
    recordId: [event],
  },
  "./learn": {
    answer: [session, { question: question.proposal.id, choice: "skip" }],
    answerRest: [session],
    answersOf: [session],
    candidateFor: [session, { question: question.proposal.id, choice: learning.SKIP }],
    changesOf: [session],
    choiceOf: [question.proposal.candidates[0]],
    choosePatterns: ["/home/a/x", new Set(["HOME"])],
    execKey: ["demo", "/bin/sh"],
    openSession: [groups, { profiles: [profile] }],
    propose: [groups, { profiles: [profile] }],
    question: [session],
    questions: [session],
    fits: [session, { question: question.proposal.id, choice: learning.SKIP }],
    selectionsOf: [session],
  },
  // On a system without AppArmor, whatever this one has. (Where a law leaves the place out, the profile is not there.)
  "./confinement": {
    availability: [NOWHERE],
    changeHat: [["hat"], confinement.newToken(), NOWHERE],
    changeOnExec: ["demo", NOWHERE],
    changeProfile: ["demo", NOWHERE],
    confinementText: [{ kind: "no-hats" }],
    createHatPool: [{ workers: 1 }],
    currentLabel: [1, NOWHERE],
    currentThread: [NOWHERE],
    enterHat: [["one", "two"], NOWHERE],
    hatOrder: [{ serverName: "www.example.com", defaultHat: "site", hats: { "/app": "app" } }, "/app/x"],
    newToken: [],
    nodeKernel: [NOWHERE],
    onExecLabel: [1, NOWHERE],
    peerLabels: [new Socket(), NOWHERE],
    previousLabel: [1, NOWHERE],
    queryFile: ["demo", "/etc/hosts", "rw", NOWHERE],
    queryLabel: ["demo", 2, Uint8Array.of(47), NOWHERE],
    queryLink: ["demo", "/a", "/b", NOWHERE],
    requestPath: ["/a?b"],
    runInHat: ["hat", { module: "/nowhere.mjs", name: "work", arguments: [1] }],
    serveInHats: [{ site: { serverName: "www.example.com" }, module: "/nowhere.mjs", mostBodyBytes: 10 }],
    stackOnExec: ["demo", NOWHERE],
    stackProfile: ["demo", NOWHERE],
    testHats: ["hat", NOWHERE],
    testProfile: ["demo", NOWHERE],
    threadLabels: [1, NOWHERE],
    withHat: ["hat", () => 1, NOWHERE],
  },
  "./app": {
    appProfile: [{ path: "/opt/x", name: "x", abi: "4.0" }],
    installApp: [{ path: "/opt/x" }, { files, kernel, isImage: true }],
    listApps: [{ files, kernel, base: "/etc/apparmor.d" }],
    planApp: [{ path: "/opt/x" }, { files, kernel, realPath: () => "/opt/x" }],
    removeApp: ["/opt/x", { files, kernel }, { dryRun: true }],
    verifyApp: ["/opt/x", { files, kernel, processes }],
  },
  "./host": {
    gitFiles: ["/", "HEAD", files],
    nodeFiles: [],
    nodeKernel: [{ root: "/nowhere" }],
    nodeLogs: [{ root: "/nowhere" }],
    nodeProcesses: [{ root: "/nowhere" }],
    parseProfileList: ["a (enforce)\n"],
    previewFiles: [files],
    readFeatureText: ["/nowhere"],
    splitLabel: ["a (enforce)"],
  },
};

const storeCalls = {
  read: ["/d/a", { mostBytes: 10 }],
  list: ["/d"],
  kind: ["/d"],
  status: ["/d/a"],
  readOwn: ["/d/a", { start: 0, end: 1 }],
  write: ["/d/b", Uint8Array.of(10), { expected: "absent", mode: 0o600, modifiedNs: 1n }],
  output: ["/d/c", { mode: 0o600 }],
  within: ["/d", () => undefined],
  remove: ["/d/b", { expected: Uint8Array.of(10) }],
  makeDirectory: ["/d/e", 0o700],
};
const kernelCalls = { load: [stream], replace: [stream], remove: ["demo"] };

/** Objects whose functions take nothing that a caller makes by hand: sessions of the compiler, which its own parts are given to. */
export const innerObjects: ReadonlySet<string> = new Set([
  "./language createResolveSession",
  "./language readPolicy",
  "./automata createAutomata",
  "./compile createCompileSession",
  "./caches automatonCache",
  "./caches createTracer",
  "./caches replayer",
  "./caches resultCache",
]);

/** The methods of objects that functions give. */
export async function goodMethods(): Promise<
  Readonly<Record<string, readonly [object, Readonly<Record<string, readonly unknown[]>>]>>
> {
  const engine = await library.createEngine();
  const asked = [{ path: "demo", bytes: library.encodeBytes(POLICY) }, settings, files];
  const dialogue = await library.learn(LINE, { files });
  const { proposal, choices } = dialogue.question() ?? broken();
  const anAnswer = [{ question: proposal.id, choice: choices[0], variation: { audit: true } }];
  return {
    engine: [engine, { check: asked, outline: asked, verify: asked, compile: asked, stages: asked, session: [files] }],
    session: [dialogue, { answer: anAnswer, preview: anAnswer, opened: anAnswer, fits: anAnswer }],
    pool: [confinement.createHatPool(), { run: ["hat", { module: "/nowhere.mjs", name: "work" }] }],
    files: [host.previewFiles(library.memoryFiles({ "/d/a": "a" })), storeCalls],
    kernel: [host.nodeKernel(NOWHERE), kernelCalls],
    logs: [
      host.nodeLogs(NOWHERE),
      {
        open: [
          { kind: "file", path: "/nowhere" },
          { follow: false, sinceMs: 1 },
        ],
      },
    ],
    processes: [host.nodeProcesses(NOWHERE), { commandLine: [1], socketHolders: ["server"] }],
    count: [audit.countLog({}), { feed: [Uint8Array.of(10)] }],
    detector: [
      audit.lossDetector(),
      {
        see: [{ carrier: "kmsg", serial: 1, time: undefined, recordType: 1400 }],
        seeNumbers: [{ serial: 1, sec: 1, ms: 1 }, true],
        notice: [{ type: "LOSS", suppressed: 1 }],
      },
    ],
  };
}
