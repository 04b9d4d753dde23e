/**
 * Who may import whom. A module may always import itself. A new line here is argued for in the commit that adds it.
 * `pure` modules touch no Node, no time, no randomness, no network.
 */
const foundation = ["foundation/basics", "foundation/text", "foundation/ports", "foundation/diagnostics"];
const language = ["tables", "features", "globs", "syntax", "model", "resolve", "edit"].map(
  (name) => `language/${name}`,
);
const compiler = ["automata", "compiled", "compile", "policydb", "decompile"].map((name) => `compiler/${name}`);
const learning = ["learning/audit", "learning/access", "learning/learn"];
const analysis = ["monitor", "tables", "sets", "explain", "diff", "expectations", "reach", "lint", "port"].map(
  (name) => `analysis/${name}`,
);
const pure = [...foundation, ...language, ...compiler, ...learning, ...analysis];

export const mayImport: Readonly<Record<string, readonly string[]>> = {
  "foundation/basics": [],
  "foundation/text": ["foundation/basics"],
  "foundation/ports": ["foundation/basics", "foundation/text"],
  "foundation/diagnostics": ["foundation/basics", "foundation/text", "foundation/ports"],
  "language/tables": ["foundation/basics"],
  "language/features": [...foundation, "language/tables"],
  "language/globs": ["foundation/basics", "foundation/text"],
  "language/syntax": [...foundation, "language/tables"],
  "language/model": [...foundation, "language/tables", "language/features"],
  "language/resolve": [
    ...foundation,
    "language/tables",
    "language/features",
    "language/globs",
    "language/syntax",
    "language/model",
  ],
  "language/edit": [...foundation, "language/tables", "language/syntax", "language/model"],
  "compiler/automata": ["foundation/basics"],
  "compiler/compiled": ["compiler/automata"],
  "compiler/compile": [
    ...foundation,
    "language/tables",
    "language/features",
    "language/globs",
    "language/model",
    "compiler/automata",
    "compiler/compiled",
  ],
  "compiler/policydb": ["foundation/basics", "foundation/text", "compiler/automata", "compiler/compiled"],
  // rules are written in the words that the language is edited with
  "compiler/decompile": [
    ...foundation,
    "language/tables",
    "language/globs",
    "language/edit",
    "compiler/automata",
    "compiler/compiled",
  ],
  // the questions and the words of decisions are the monitor's
  "analysis/tables": [...foundation, ...language, ...compiler, "analysis/monitor"],
  "analysis/monitor": [...foundation, ...language, ...compiler],
  "analysis/reach": [...foundation, ...language, ...compiler, "analysis/monitor"],
  "analysis/port": [...foundation, "language/tables", "language/syntax", "language/edit"],
  "analysis/lint": [
    ...foundation,
    ...language,
    ...compiler,
    "analysis/explain",
    "analysis/monitor",
    "analysis/tables",
    "analysis/reach",
  ],
  "analysis/sets": [...foundation, ...language, ...compiler],
  "analysis/explain": [
    ...foundation,
    ...language,
    ...compiler,
    "analysis/monitor",
    "analysis/sets",
    "learning/audit",
    "learning/access",
  ],
  "analysis/expectations": [...foundation, ...language, ...compiler, "analysis/sets"],
  // Differences are sets of accesses; the lines that they come from are found by their patterns.
  "analysis/diff": [...foundation, ...language, ...compiler, "analysis/sets"],
  "learning/audit": [...foundation, "language/tables"],
  "learning/access": ["foundation/basics", "foundation/text", "language/tables", "learning/audit"],
  "learning/learn": [
    ...foundation,
    "language/tables",
    "language/globs",
    "language/model",
    "language/edit",
    "analysis/monitor",
    "learning/audit",
    "learning/access",
  ],
  host: foundation,
  // The bits of the kernel's answers.
  confinement: [...foundation, "compiler/compiled", "host"],
  printouts: [...foundation, ...language, ...compiler],
  app: pure,
  // What is published: rooms with their arguments looked at. Other rooms do not go through it.
  library: [...pure, "app", "host", "confinement"],
  // Texts are printed in the threads that compile.
  service: [...foundation, "printouts", "app", "host"],
  cli: [...foundation, "app", "host", "service"],
  // The machines know nothing of the product; the tour shows it.
  lab: ["foundation/basics", "foundation/text"],
  "lab/tour": [
    ...foundation,
    "lab",
    "language/features",
    "compiler/policydb",
    "analysis/tables",
    "learning/audit",
    "host",
    "app",
  ],
  "tests/support": [...pure, "library", "printouts", "app", "service", "host", "confinement", "cli", "lab", "lab/tour"],
  tests: ["tests/support"],
  "tests/system": ["cli", "lab", "tests/support"],
  "tests/fuzz/campaign": [...pure, "app", "cli", "host", "tests/support"],
  "tests/hostile/faults": [...pure, "app", "service", "cli", "host", "tests/support"],
  bench: [...pure, "app", "host", "lab", "tests/support"],
  scripts: ["lab", "tests/support"],
  "scripts/wasm": [],
};

/** Folders whose code stands in the table. */
export const rooms: readonly string[] = ["src", "lab", "tests", "bench", "scripts"];

/** Modules that may import Node, and packages. */
export const touchesNode: readonly string[] = [
  "host",
  "confinement",
  "service",
  "cli",
  "lab",
  "lab/tour",
  "tests",
  "tests/fuzz/campaign",
  "tests/support",
  "tests/hostile/faults",
  "tests/system",
  "bench",
  "scripts",
  "scripts/wasm",
];

/** Files that are run or bundled, not imported. */
export const entryPoints: readonly string[] = [
  "src/cli/start.ts",
  "src/cli/main.ts",
  "src/cli/pages/index.ts",
  "src/library/arguments/index.ts",
  "src/library/node/arguments.ts",
  "src/library/node/confinement-arguments.ts",
  "src/confinement/hat-worker.ts",
  "tests/kernel/confinement-jobs.mjs",
  "scripts/wasm/exports.ts",
  "scripts/wasm/environment.ts",
  "scripts/wasm/scan-exports.ts",
  "scripts/wasm/scan-environment.ts",
];
