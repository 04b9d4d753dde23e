/** Two profiles that attach to one program: which one a kernel takes when we compiled them, when Debian's parser did, and what we say; for tests only. */
import assert from "node:assert/strict";
import { labelExec } from "../../src/analysis/monitor/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import type { KernelName } from "../../lab/index.ts";
import { askBoth } from "./both-parsers.ts";
import { LABEL_PROBE } from "./label-cases.ts";
import type { Guest } from "./lab.ts";
import type { Oracle } from "./oracle.ts";
import { compileText } from "./pipeline.ts";
import { Random } from "./random.ts";

const DIRECTORY = "/srv/attached";
const PROGRAMS = ["bin/tool", "opt/a/tool", "home/ann/.tool/run", "usr/bin/foo", "a/cccccb"];

/** A part of a path, or a pattern that matches it. */
function patternOf(random: Random, part: string): string {
  const [first, rest] = [part.slice(0, 1), part.slice(1)];
  return random.pick([
    part,
    part,
    "*",
    `${first}*`,
    `*${part.slice(-1)}`,
    "?".repeat(part.length),
    `[${first}z]${rest}`,
    `[^z]${rest}`,
    `{${part},z*}`,
    `{z,${part}}`,
  ]);
}

/** An attachment that the program has; alternatives often end alike, behind a star or not. */
function attachmentOf(random: Random, program: string): string {
  const parts = program.split("/").map((part) => patternOf(random, part));
  const tail = parts.slice(-1 - random.below(parts.length - 1)).join("/");
  const head = parts.slice(0, parts.length - tail.split("/").length).join("/");
  if (random.chance(0.2)) return random.pick([`**`, `${head}/**`, `**/${tail}`]);
  if (random.chance(0.3)) return `${head}/${tail}`;
  const others = ["x", "x/*", "xx/yy", "x?z"].filter(() => random.chance(0.4));
  const branches = [...others.map((other) => `${other}/${tail}`), `${head}/${tail}`];
  return `{${branches.toSorted(() => random.below(3) - 1).join(",")},w}`;
}

interface Pair {
  readonly path: string;
  readonly text: string;
}

function pairs(seed: number, count: number): readonly Pair[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, number) => {
    const program = random.pick(PROGRAMS);
    const at = `${DIRECTORY}/${number}`;
    const [one, other] = [attachmentOf(random, program), attachmentOf(random, program)];
    const profile = (name: string, attachment: string): string =>
      `profile ${name}-${number} "${at}/${attachment}" {\n  /{**,} rwmkl,\n}\n`;
    return { path: `${at}/${program}`, text: profile("one", one) + profile("other", other) };
  });
}

const MAKE = `mkdir '${DIRECTORY}'; my $type = 'tmpfs'; my $to = '${DIRECTORY}'; syscall 165, $type, $to, $type, 0, 0;
  open my $cat, '<:raw', '/usr/bin/cat' or die; my $program = do { local $/; <$cat> }; my $first;
  while (my $path = <STDIN>) { chomp $path; my $part = ''; 
    for my $name (split m{/}, substr $path, 1) { mkdir $part if length $part; $part .= "/$name" }
    if (defined $first) { link $first, $path or die "$path: $!" }
    else { open my $copy, '>:raw', $path or die "$path: $!"; print $copy $program; close $copy; chmod 0755, $path; $first = $path } }`;

interface Compared {
  readonly asked: number;
  /** Programs that a profile is attached to. */
  readonly attached: number;
  readonly differences: readonly string[];
}

/** The label of a line of the probe. */
function plain(line: string | undefined): string {
  return (line ?? "nothing").replace(/(?: \(enforce\))?\t.*$/, "");
}

export async function compareAttachments(
  guest: Guest,
  kernel: KernelName,
  { oracle, count }: { readonly oracle: Oracle; readonly count: number },
): Promise<Compared> {
  const all = pairs(20_261_130, count);
  const text = all.map((pair) => pair.text).join("");
  // KERNEL 7.2: walks attachments that are stored differentially wrongly (compile-semantics D19), which 5.0.2 stores so unless it is told not to
  const args = ["-M", "features", "-S", "-O", "no-diff-encode"];
  const [answer] = await askBoth(oracle, { texts: [text], files: { features: guest.features } }, args);
  assert.ok(answer !== undefined && answer.theirs.status === 0, answer?.theirs.err);
  const own = compileText(text, { kernelFeatures: parseFeatures(guest.features).tree });
  assert.deepEqual(own.errors, []);
  const stdin = all.map(({ path }) => `${path}\n`).join("");
  const starts = all.map(({ path }) => `0\t${path}\n`).join("");
  const perl = ["/usr/bin/perl"];
  const probe = { kind: "run", argv: [...perl, LABEL_PROBE.path], stdin: starts, timeoutMs: 300_000 } as const;
  const results = await guest.run(
    { kind: "run", id: "programs", argv: [...perl, "-e", MAKE], stdin, timeoutMs: 300_000 },
    { kind: "replace", id: "theirs", policy: Buffer.from(answer.theirs.out, "latin1") },
    { ...probe, id: "as theirs" },
    { kind: "replace", id: "ours", policy: own.stream() },
    { ...probe, id: "as ours" },
  );
  for (const { id, errno, stderr, exitCode = 0 } of results)
    assert.equal(errno ?? exitCode, 0, `${kernel} ${id}: ${stderr}`);
  const [theirs, ours] = [results[2], results[4]].map((result) => result?.stdout.trimEnd().split("\n") ?? []);
  const world = own.model.profiles.toReversed();
  const labels = all.map(({ path }) => {
    const to = labelExec({ parts: ["unconfined"], world, path, owner: true, attributes: new Map() });
    return to.kind === "refused" ? "refused" : to.label;
  });
  const differences = all.flatMap((pair, at) => {
    const said = [plain(theirs?.[at]), plain(ours?.[at]), labels[at]];
    return new Set(said).size === 1 ? [] : [`${pair.text}as theirs, as ours, foreseen: ${said.join(", ")}`];
  });
  return { asked: all.length, attached: labels.filter((label) => label !== "unconfined").length, differences };
}
