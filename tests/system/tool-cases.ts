/** Command lines of the tools that ask or change a running kernel, for Debian's and ours alike, and what is known to differ. */

export interface KernelCase {
  /** As it is typed; the first word is the tool. */
  readonly line: string;
  /** What is done before by either side: a shell script, after the state was made anew. */
  readonly before?: string;
  /** Ours under another name than Debian's. */
  readonly ours?: string;
  /** What is compared beside the status and the kernel's list of profiles; nothing for texts that are for people alone. */
  readonly compare?: "out" | "nothing";
  /** Where they differ, and why that is meant. A difference that has gone fails. */
  readonly differs?: string;
}

const asUser = (line: string): string => `setpriv --reuid 1000 --regid 1000 --clear-groups ${line}`;
const EMPTY = "unload";
const UNMOUNTED = "umount /sys/kernel/security";

const lines = (tool: string, ...words: readonly string[]): readonly KernelCase[] =>
  words.map((word) => ({ line: `${tool} ${word}`.trimEnd() }));

const people = (...all: readonly string[]): readonly KernelCase[] =>
  all.map((line) => ({ line, compare: "nothing" as const }));

const after = (before: string, ...all: readonly string[]): readonly KernelCase[] =>
  all.map((line) => ({ line, before }));

const status: readonly KernelCase[] = [
  ...lines(
    "aa-status",
    "",
    "--json",
    "--pretty-json",
    "--count",
    "--count --json",
    "--enabled",
    "--profiled",
    "--enforced",
  ),
  ...lines("aa-status", "--complaining", "--prompt", "--kill", "--special-unconfined", "--process-mixed", "--verbose"),
  ...lines("aa-status", "--show=profiles", "--show=processes", "--show=processes --json", "--show=profiles --count"),
  ...lines("aa-status", "--filter.mode=enforce", "--filter.profiles=^s", "--filter.exe=sleep", "--filter.pid=^1$"),
  ...lines(
    "aa-status",
    "--json --filter.mode=complain",
    "--json --filter.profiles='e.*r'",
    "--count --filter.mode=kill",
  ),
  ...people(
    "aa-status operand",
    "aa-status --show=nothing",
    "aa-status --help",
    "aa-status --help=nothing",
    "aa-status --nothing",
  ),
  { line: "aa-status --filter.mode='\\('", compare: "nothing" },
  { line: "apparmor_status --enabled", ours: "aa-status --enabled" },
  ...after(EMPTY, "aa-status", "aa-status --json", "aa-status --count", "aa-status --enabled", "aa-status --profiled"),
  ...after(UNMOUNTED, "aa-status", "aa-status --json", "aa-status --enabled", "aa-status --count"),
  ...[asUser("aa-status"), asUser("aa-status --json"), asUser("aa-status --enabled")].map((line) => ({ line })),
];

const enabled: readonly KernelCase[] = [
  ...lines("aa-enabled", "", "-q", "--quiet", "-x", "--exclusive", "-q -x"),
  ...people("aa-enabled --nothing", "aa-enabled -q -q -q"),
  { line: "aa-enabled --help", compare: "nothing", differs: "Debian's ends with 1, as for wrong use, ours with 0" },
  ...after(UNMOUNTED, "aa-enabled", "aa-enabled -q"),
  { line: asUser("aa-enabled") },
];

const CURRENT = "cat /proc/self/attr/current";
const exec: readonly KernelCase[] = [
  ...lines("aa-exec", `-p sleeper -- ${CURRENT}`, `-p sleeper ${CURRENT}`, `-i -p sleeper -- ${CURRENT}`, CURRENT),
  ...lines(
    "aa-exec",
    `-p 'sleeper//&learner' -- ${CURRENT}`,
    `-p sleeper//child -- ${CURRENT}`,
    "-p sleeper -- sh -c 'exit 7'",
  ),
  ...lines(
    "aa-exec",
    `-p nosuch -- ${CURRENT}`,
    `-n nosuch -- ${CURRENT}`,
    `-p a -p b -- ${CURRENT}`,
    "-p sleeper -- /no/such",
  ),
  ...lines("aa-exec", `-i -p nosuch ${CURRENT}`, `-p learner -v -- ${CURRENT}`, `-p learner -d -i -- ${CURRENT}`),
  ...people("aa-exec", "aa-exec -p sleeper", "aa-exec --help"),
  {
    line: "aa-exec --nothing x",
    compare: "nothing",
    differs: "Debian's ends with a segmentation fault, ours says that there is no such option, status 1",
  },
  { line: asUser(`aa-exec -p sleeper -- ${CURRENT}`) },
  { line: asUser(`aa-exec -i -p learner -- ${CURRENT}`) },
];

const abi: readonly KernelCase[] = [
  ...lines(
    "aa-features-abi",
    "-x",
    "--extract --stdout",
    "-f /etc/apparmor.d/abi/3.0",
    "-f /etc/hostname",
    "-f /no/such",
  ),
  { line: "sh -c 'aa-features-abi -x -w /tmp/abi && cat /tmp/abi'", before: "rm -f /tmp/abi" },
  ...people("aa-features-abi", "aa-features-abi -x -f /etc/apparmor.d/abi/3.0", "aa-features-abi --help"),
  ...after(UNMOUNTED, "aa-features-abi -x"),
];

const load: readonly KernelCase[] = [
  ...after(EMPTY, "aa-load /root/policy.bin", "aa-load -n /root/policy.bin", "aa-load -v /root/policy.bin"),
  ...lines("aa-load", "/etc/hostname", "/no/such", "/root/policy.bin /no/such"),
  ...people("aa-load -c x /root/policy.bin"),
  {
    line: "aa-load /root/policies",
    before: EMPTY,
    differs:
      "of a directory of compiled files Debian's loads all, and ends with 1 for there is no cache below it; ours ends with 0",
  },
  { line: asUser("aa-load /root/policy.bin"), compare: "nothing" },
];

const modes: readonly KernelCase[] = [
  {
    line: "aa-complain sleeper",
    compare: "nothing",
    differs: "a child changes with its parent, and with Debian's it does not (docs/tools.md)",
  },
  ...people("aa-complain /etc/apparmor.d/sleeper"),
  ...people(
    "aa-enforce learner",
    "aa-enforce /etc/apparmor.d/learner",
    "aa-audit sleeper",
    "aa-disable sleeper",
    "aa-disable /etc/apparmor.d/learner",
    "aa-enforce --no-reload learner",
  ),
];

const cleanup: readonly KernelCase[] = [
  ...lines("aa-remove-unknown", "", "-n"),
  ...after("rm /etc/apparmor.d/sleeper", "aa-remove-unknown -n", "aa-remove-unknown"),
  ...after("rm /etc/apparmor.d/learner", "aa-remove-unknown"),
  { line: "aa-remove-unknown -n -n", compare: "nothing", differs: "Debian's takes one option alone; twice is as once" },
  ...people("aa-remove-unknown --nothing"),
  { line: "aa-remove-unknown", before: "echo 'profile broken {' > /etc/apparmor.d/broken", compare: "nothing" },
  ...lines("aa-teardown", ""),
  ...people("aa-teardown x"),
  { line: "aa-teardown --help", compare: "nothing", differs: "Debian's ends with 1, as for wrong use, ours with 0" },
  ...after(EMPTY, "aa-teardown"),
];

const boot: readonly KernelCase[] = [
  "start",
  "reload",
  "restart",
  "force-reload",
  "stop",
  "status",
  "nothing",
  "",
].flatMap((verb) => {
  const line = `/usr/lib/apparmor/apparmor.systemd ${verb}`.trimEnd();
  const ours = `rcapparmor ${verb}`.trimEnd();
  const plain = { line, ours, ...(verb === "nothing" || verb === "" ? { compare: "nothing" as const } : {}) };
  return verb === "start" || verb === "reload" ? [plain, { ...plain, before: EMPTY }] : [plain];
});

const unconfined: readonly KernelCase[] = [
  ...lines(
    "aa-unconfined",
    "",
    "--short",
    "--show=server",
    "--show=client",
    "--show=network",
    "--show=all",
    "--paranoid",
  ),
  ...people("aa-unconfined --show=nothing", "aa-unconfined --paranoid --show=server", "aa-unconfined --nothing"),
];

/** By tool. What is asked of processes under profiles comes first: where profiles were unloaded, they are unconfined for good. */
export const kernelCases: Readonly<Record<string, readonly KernelCase[]>> = {
  "aa-unconfined": unconfined,
  "aa-status": status,
  "aa-enabled": enabled,
  "aa-exec": exec,
  "aa-features-abi": abi,
  "aa-load": load,
  "aa-enforce, aa-complain, aa-audit, aa-disable": modes,
  "aa-remove-unknown, aa-teardown": cleanup,
  rcapparmor: boot,
};
