/**
 * For every command and every verb: a call that says something, and calls that read what is named or what comes on standard
 * input. None touches the machine's own policy. The tests that go through them fail when a command is missing here.
 */
export interface RefusedCall {
  /** What makes it print to standard output; `undefined` where only wrong use prints, to standard error. */
  readonly says: readonly string[] | undefined;
  /** The arguments that make it read the file `{file}`. */
  readonly reads?: readonly string[];
  /** The same, where a directory in the file's place is no fault. */
  readonly readsDirectories?: boolean;
  /** The arguments that make it read standard input. */
  readonly standardInput?: readonly string[];
  /** The exit status when its output is not taken (no space), and when its input is refused. */
  readonly status: { readonly output: number; readonly input: number };
  /** What the reason is said to be where it is not that of the errno. */
  readonly reason?: RegExp;
}

const ours = { output: 1, input: 1 } as const;
const root = ["--root", "{dir}/root"];

export const verbCalls: Readonly<Record<string, RefusedCall>> = {
  check: {
    says: ["--json", "{dir}/good"],
    reads: ["{file}"],
    readsDirectories: true,
    standardInput: ["-"],
    status: ours,
  },
  fmt: {
    says: ["--diff", "{dir}/crooked"],
    reads: ["{file}"],
    readsDirectories: true,
    standardInput: ["-"],
    status: ours,
  },
  compile: {
    says: ["--no-cache", "-o", "-", "{dir}/good"],
    reads: ["--no-cache", "{file}"],
    readsDirectories: true,
    standardInput: ["--no-cache", "-"],
    status: ours,
  },
  decode: { says: ["{dir}/blob"], reads: ["{file}"], standardInput: ["-"], status: ours },
  query: {
    says: ["{dir}/good", "/x r"],
    reads: ["{file}", "/x r"],
    readsDirectories: true,
    status: { output: 1, input: 2 },
  },
  reach: {
    says: ["{dir}/good", "good"],
    reads: ["{file}", "good"],
    readsDirectories: true,
    status: { output: 1, input: 1 },
  },
  port: {
    says: ["--to", "4.0", "{dir}/crooked"],
    reads: ["--to", "4.0", "{file}"],
    standardInput: ["--to", "4.0", "-"],
    status: { output: 1, input: 1 },
  },
  lint: {
    says: ["--json", "{dir}/good"],
    reads: ["{file}"],
    readsDirectories: true,
    status: { output: 1, input: 1 },
  },
  explain: {
    says: ["{dir}/good", "good", "/x r"],
    reads: ["{file}", "good", "/x r"],
    readsDirectories: true,
    status: { output: 1, input: 2 },
  },
  diff: {
    says: ["--markdown", "{dir}/good", "{dir}/good"],
    reads: ["{file}", "{dir}/good"],
    readsDirectories: true,
    status: { output: 1, input: 2 },
  },
  test: {
    says: ["--init", "good", "{dir}/good"],
    reads: ["{dir}/good", "{file}"],
    readsDirectories: true,
    status: { output: 1, input: 2 },
  },
  load: {
    says: ["--help"],
    reads: [...root, "--no-cache", "{file}"],
    readsDirectories: true,
    standardInput: [...root, "--no-cache", "-"],
    status: ours,
  },
  unload: { says: ["--json", ...root, "x"], status: ours },
  status: { says: root, status: ours },
  ps: { says: root, status: ours },
  audit: { says: ["-f", "{dir}/log"], reads: ["-f", "{file}"], standardInput: ["-f", "-"], status: ours },
  learn: {
    says: ["--json", "-b", "{dir}/p", "-f", "{dir}/log"],
    reads: ["-f", "{file}"],
    standardInput: ["-f", "-"],
    status: ours,
  },
  undo: { says: ["--help"], status: ours },
  app: { says: ["--json", ...root, "plan", "/opt/x"], status: ours },
  package: {
    says: ["lxc", "{dir}/good"],
    reads: ["lxc", "{file}"],
    readsDirectories: true,
    standardInput: ["lxc", "-"],
    status: ours,
  },
  tools: { says: ["link", "--dry-run", "{dir}"], status: ours },
  completion: { says: ["bash"], status: ours },
  lab: { says: ["--help"], status: ours },
};

export const commandCalls: Readonly<Record<string, RefusedCall>> = {
  armorer: { says: ["--version"], status: ours },
  // ORACLE 5.0.2: output is told by its errno, below zero in a byte; input that cannot be read, by that of ENOENT or its own.
  apparmor_parser: {
    says: ["-QKS", "{dir}/good"],
    reads: ["-QK", "{file}"],
    readsDirectories: true,
    standardInput: ["-QK"],
    status: { output: 228, input: 2 },
  },
  "aa-audit": { says: ["--help"], status: ours },
  "aa-autodep": { says: ["--help"], status: ours },
  "aa-cleanprof": { says: ["--help"], status: ours },
  "aa-complain": { says: ["--help"], status: ours },
  "aa-decode": { says: ["2F"], standardInput: [], status: ours },
  "aa-unconfined": { says: ["--help"], status: ours },
  "aa-sandbox": { says: ["--help"], reads: ["--dry-run", "{file}"], status: ours },
  "aa-show-usage": { says: ["--json", "-d", "{dir}/p"], status: ours },
  "aa-update-browser": { says: ["--help"], status: ours },
  "aa-easyprof": {
    says: ["--list-templates"],
    reads: ["-m", "{file}"],
    status: ours,
  },
  "aa-disable": { says: ["--help"], status: ours },
  "aa-enforce": { says: ["--help"], status: ours },
  "aa-enabled": { says: ["--help"], status: { output: 64, input: 1 } },
  "aa-exec": {
    says: ["--help"],
    reads: ["{file}"],
    status: ours,
    reason: /No such file or directory|Permission denied/,
  },
  "aa-features-abi": {
    says: ["-f", "{dir}/features"],
    reads: ["-f", "{file}"],
    status: ours,
  },
  "aa-genprof": {
    says: ["--help"],
    reads: ["--no-check-mountpoint", "-d", "{dir}/p", "-f", "{file}", "/usr/bin/none"],
    status: ours,
    reason: /does not exist|is a directory|Too many levels of symbolic links|Permission denied/,
  },
  "aa-load": { says: ["--help"], reads: ["-n", "{file}"], readsDirectories: true, status: ours },
  "aa-logprof": {
    says: ["--help"],
    reads: ["--no-check-mountpoint", "-d", "{dir}/p", "-f", "{file}"],
    status: ours,
    reason: /does not exist|is a directory|Too many levels of symbolic links|Permission denied/,
  },
  "aa-mergeprof": { says: ["--help"], reads: ["-d", "{dir}/p", "{file}"], status: ours },
  "aa-notify": {
    says: ["--help"],
    reads: ["-s", "1", "--configdir", "{dir}/p", "-f", "{file}"],
    status: ours,
    reason: /does not exist|is a directory|Too many levels of symbolic links|Permission denied/,
  },
  "aa-remove-unknown": { says: ["-h"], status: ours },
  "aa-teardown": { says: undefined, status: ours },
  rcapparmor: { says: undefined, status: ours },
  "aa-status": { says: ["--help"], status: { output: 42, input: 1 } },
};
