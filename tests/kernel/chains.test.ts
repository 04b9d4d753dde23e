/** Ways that `reach` gives are gone, step by step, on kernels. `npm run chains` goes fifty on each. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { parseFeatures } from "../../src/language/features/index.ts";
import { KERNEL_NAMES, type KernelName, type Step } from "../../lab/index.ts";
import { type Chain, CHAIN_NAMES, type ChainPart, chainsOf, chainWorld, DRIVER, kindsOf } from "../support/chains.ts";
import { type Guest, labReady, withGuest } from "../support/lab.ts";
import { compileText } from "../support/pipeline.ts";

const asked = process.env["ARMORER_CHAINS"];
const CHAINS = Number(asked ?? "4");
const FIRST = Number(process.env["ARMORER_CHAINS_SEED"] ?? "1");
/** Of one world, so that more worlds are seen. */
const MOST_OF_A_WORLD = 4;
/** A guest ends after some minutes, whatever it is at. */
const MOST_OF_A_GUEST = 12;
const driver = readFileSync("tests/kernel/chain.pl");

const MAKE = `use strict; open my $own, '<:raw', '${DRIVER}' or die; my $text = do { local $/; <$own> };
  open my $mounts, '<', '/proc/mounts' or die; my @over = grep { m{^/chain} } map { (split / /)[1] } <$mounts>;
  system 'umount', '-l', $_ for reverse @over; system 'rm', '-rf', '/chain'; mkdir $_ for '/chain', '/chain/bin', '/chain/lib';
  while (my $line = <STDIN>) { chomp $line; my ($uid, $path) = split /\\t/, $line;
    my @parts = split m{/}, $path; pop @parts; my $at = ''; for (@parts) { next if $_ eq ''; $at .= "/$_"; mkdir $at }
    open my $file, '>:raw', $path or die "$path: $!"; print $file $text; close $file; chown $uid, $uid, $path; chmod 0755, $path }`;

/** Loads a world in place of the one before; none, where rules contradict each other. */
async function enterWorld(guest: Guest, text: string): Promise<readonly Chain[]> {
  const tree = parseFeatures(guest.features).tree;
  const { model, errors, stream } = compileText(text, { kernelFeatures: tree, policyFeatures: tree });
  if (errors.length > 0) return [];
  const chosen = new Map<string, Chain>();
  for (const chain of chainsOf(model.profiles.toReversed())) {
    const kinds = kindsOf(chain);
    if (!chosen.has(kinds)) chosen.set(kinds, chain);
  }
  const removed = CHAIN_NAMES.map((profile): Step => ({ kind: "remove", id: `remove ${profile}`, profile }));
  const results = await guest.run(...removed, { kind: "replace", id: "load", policy: stream() });
  assert.equal(results.at(-1)?.errno, undefined, text);
  return [...chosen.values()].slice(0, MOST_OF_A_WORLD);
}

function partStep(part: ChainPart, id: string, uid: number): Step {
  const plan = part.plan.map((word) => word.replace("{pid}", "{pid:traced}"));
  const argv = part.start === undefined ? [part.program, ...plan] : ["/usr/bin/perl", part.program, ...plan];
  return { kind: "run", id, argv, uid, timeoutMs: 300_000, ...(part.start !== undefined && { profile: part.start }) };
}

/** What differs from what was foreseen; empty: the way was gone. */
async function goWay(guest: Guest, { files, parts, steps }: Chain): Promise<readonly string[]> {
  const stdin = files.map(({ path, uid }) => `${uid}\t${path}\n`).join("");
  const [made] = await guest.run({ kind: "run", id: "make", argv: ["/usr/bin/perl", "-e", MAKE], stdin });
  assert.equal(made?.exitCode, 0, made?.stderr);
  for (const [at, part] of parts.entries()) {
    const { traced } = part;
    const waiting: readonly Step[] =
      traced === undefined
        ? []
        : [
            {
              kind: "start",
              id: "traced",
              argv: ["/usr/bin/perl", DRIVER, "wait"],
              profile: traced,
              await: "ready",
            },
          ];
    const results = await guest.run(...waiting, ...part.uids.map((uid) => partStep(part, `part ${at} ${uid}`, uid)));
    if (traced !== undefined) await guest.run({ kind: "signal", id: "end", process: "traced", signal: 9 });
    const told = results.slice(waiting.length).map(({ stdout, stderr, execErrno, events }) => {
      const lines = stdout.replace(/\n+$/, "").split("\n");
      return { lines, text: `${stdout}${stderr}${execErrno ?? ""}\n${events.join("\n")}` };
    });
    if (!told.some(({ lines }) => lines.join("\n") === part.expected.join("\n"))) {
      const way = steps.map(({ from, kind, to, path = "", how }) => `${from} ${kind} (${how}) ${path} ${to}`);
      return [...way, `part ${at}: foreseen\n${part.expected.join("\n")}\nand seen`, ...told.map(({ text }) => text)];
    }
  }
  return [];
}

before(labReady);

interface Gone {
  /** The next one to be looked at. */
  seed: number;
  ways: number;
  readonly wrong: string[];
  /** Steps, by kind. */
  readonly tally: Map<string, number>;
}

/** Goes ways in a guest of its own, as many as one is good for. */
async function goSome(kernel: KernelName, gone: Gone): Promise<void> {
  const files = [{ path: DRIVER, data: driver, mode: 0o755 }];
  const end = Math.min(CHAINS, gone.ways + MOST_OF_A_GUEST);
  await withGuest({ kernel, files }, async (guest) => {
    await guest.run({ kind: "write", id: "tracers", path: "/proc/sys/kernel/yama/ptrace_scope", data: "0" });
    for (; gone.ways < end; gone.seed += 1) {
      const text = chainWorld(gone.seed);
      for (const chain of await enterWorld(guest, text)) {
        const differences = await goWay(guest, chain);
        if (differences.length > 0) gone.wrong.push(`seed ${gone.seed}\n${differences.join("\n")}\n${text}`);
        for (const { kind } of chain.steps) gone.tally.set(kind, (gone.tally.get(kind) ?? 0) + 1);
        gone.ways += 1;
      }
    }
  });
}

for (const kernel of asked === undefined ? (["7.2"] as const) : KERNEL_NAMES) {
  test(`ways that reach gives are gone on kernel ${kernel}`, async (context) => {
    const gone: Gone = { seed: FIRST, ways: 0, wrong: [], tally: new Map() };
    while (gone.ways < CHAINS) await goSome(kernel, gone);
    const kinds = [...gone.tally].map(([kind, count]) => `${kind} ${count}`).join(", ");
    context.diagnostic(`${gone.ways} ways, ${gone.wrong.length} differences; steps: ${kinds}`);
    assert.equal(gone.wrong.length, 0, gone.wrong.slice(0, 3).join("\n----\n"));
  });
}
