/** Programs that tasks with all sorts of labels start: under which label a kernel runs them, and what we say; for tests only. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type FileAttributes, labelExec, type LabelPart } from "../../src/analysis/monitor/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import type { Profile } from "../../src/language/model/index.ts";
import type { GuestFile, KernelName, Step } from "../../lab/index.ts";
import type { Guest } from "./lab.ts";
import { compileText } from "./pipeline.ts";

export const LABEL_PROBE: GuestFile = {
  path: "/srv/label-probe.pl",
  data: readFileSync("tests/kernel/label-probe.pl"),
};

const DIRECTORY = "/srv/x";
const EVERYTHING = "/{**,} rwmkl,";

/** What the programs are called after: the rule that a caller has for them. */
const EXECS = [
  "ix",
  "px",
  "Px",
  "ux",
  "Ux",
  "pix",
  "PUx",
  "cx",
  "Cx -> kid",
  "px -> beta",
  "Px -> alpha//&beta",
  "px -> &beta",
  "Px -> &gamma",
  "pix -> &beta",
  "px -> nobody",
  "pix -> nobody",
  "PUx -> nobody",
  "px -> unconfined",
  "px -> :sub:inner",
  "px -> alpha//&:sub:inner",
] as const;

/** Programs that attach by themselves; the second word: attributes of the file. */
const ATTACHED = [
  { name: "attached", attributes: {} },
  { name: "kind-none", attributes: {} },
  { name: "kind-one", attributes: { "security.kind": "one" } },
  { name: "kind-two", attributes: { "security.kind": "two" } },
  { name: "kind-both", attributes: { "security.kind": "one", "security.more": "x/y" } },
  { name: "kind-slash", attributes: { "security.kind": "o/e" } },
  { name: "tie", attributes: {} },
] as const;

interface Program {
  readonly path: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a child does before it starts its program. */
type First = "nothing" | "locked" | "traced";

interface Start extends Program {
  readonly first: First;
}

function programs(): readonly Program[] {
  const written = EXECS.map((_, at) => ({ path: `${DIRECTORY}/exec-${at}`, attributes: {} }));
  return [...written, ...ATTACHED.map(({ name, attributes }) => ({ path: `${DIRECTORY}/${name}`, attributes }))];
}

const ruleTexts = EXECS.map((exec, at) => `  ${DIRECTORY}/exec-${at} ${exec},\n`).join("");

const TEXT = `abi <kernel>,
profile alpha {
  ${EVERYTHING}
  /usr/bin/perl ix,
  ptrace trace peer={alpha,beta,gamma,by-path,alpha//*,longer},
  ptrace (tracedby, trace) peer=alpha//&*,
  ptrace tracedby peer={alpha,beta},
${ruleTexts}  ${DIRECTORY}/[akt]* px,
  profile kid {
    ${EVERYTHING}
    ptrace tracedby peer=alpha,
  }
  profile other-kid ${DIRECTORY}/exec-7 {
    ${EVERYTHING}
  }
}
profile beta {
  ${EVERYTHING}
  ptrace tracedby peer={alpha,beta},
  ptrace tracedby peer=alpha//&beta,
  ptrace trace,
  /usr/bin/perl ix,
  ${DIRECTORY}/exec-[02468] Px -> gamma,
  ${DIRECTORY}/exec-*[13579] ix,
  ${DIRECTORY}/[akt]* pux,
}
profile gamma {
  ${EVERYTHING}
  ${DIRECTORY}/** ix,
}
profile by-path ${DIRECTORY}/exec-[135]* {
  ${EVERYTHING}
  ptrace tracedby peer=alpha*,
}
profile longer ${DIRECTORY}/attached {
  ${EVERYTHING}
}
profile shorter ${DIRECTORY}/attach* {
  ${EVERYTHING}
}
profile kind-plain ${DIRECTORY}/kind-* {
  ${EVERYTHING}
}
profile kind-first ${DIRECTORY}/kind-* xattrs=(security.kind=one) {
  ${EVERYTHING}
}
profile kind-glob ${DIRECTORY}/kind-* xattrs=(security.kind=t*) {
  ${EVERYTHING}
}
profile kind-more ${DIRECTORY}/kind-* xattrs=(security.kind="o*" security.more) {
  ${EVERYTHING}
}
profile tie-a ${DIRECTORY}/t?e {
  ${EVERYTHING}
}
profile tie-b ${DIRECTORY}/t[i]e {
  ${EVERYTHING}
}
`;

const INNER = `abi <kernel>,\nprofile inner {\n  ${EVERYTHING}\n}\n`;

const CALLERS: readonly (readonly string[])[] = [["alpha"], ["alpha", "beta"], ["unconfined"]];

const MAKE = `my $type = 'tmpfs'; my $to = '${DIRECTORY}'; mkdir $to; syscall 165, $type, $to, $type, 0, 0;
  open my $cat, '<:raw', '/usr/bin/cat' or die; my $program = do { local $/; <$cat> };
  while (my $line = <STDIN>) { chomp $line; my ($path, %values) = split /\\t/, $line;
    open my $copy, '>:raw', $path or die; print $copy $program; close $copy; chmod 0755, $path;
    while (my ($name, $value) = each %values) { syscall(188, $path, $name, $value, length $value, 0) == 0 or die "$path $name: $!" } }`;

async function prepare(guest: Guest, kernel: KernelName): Promise<readonly Profile[]> {
  const tree = parseFeatures(guest.features).tree;
  const options = { kernelFeatures: tree, policyFeatures: tree };
  const outer = compileText(TEXT, options);
  const inner = compileText(INNER, { ...options, namespace: "sub" });
  for (const { errors } of [outer, inner]) assert.deepEqual(errors, []);
  const stdin = programs()
    .map(({ path, attributes }) => `${[path, ...Object.entries(attributes).flat()].join("\t")}\n`)
    .join("");
  const results = await guest.run(
    { kind: "run", id: "programs", argv: ["/usr/bin/perl", "-e", MAKE], stdin, timeoutMs: 300_000 },
    { kind: "replace", id: "inner", policy: inner.stream() },
    { kind: "replace", id: "outer", policy: outer.stream() },
  );
  for (const { id, errno, stderr, exitCode = 0 } of results)
    assert.equal(errno ?? exitCode, 0, `${kernel} ${id}: ${stderr}`);
  const sub = inner.model.profiles.map((profile) => ({ ...profile, namespace: "sub" }));
  // those loaded last come first
  return [...outer.model.profiles.toReversed(), ...sub];
}

function starting(first: First): (program: Program) => Start {
  return (program) => ({ ...program, first });
}

/** What is not as foreseen, a text for each. */
export async function compareLabels(
  guest: Guest,
  kernel: KernelName,
): Promise<{ readonly asked: number; readonly differences: readonly string[] }> {
  const world = await prepare(guest, kernel);
  const all = programs();
  const starts: readonly Start[] = [
    ...all.map(starting("nothing")),
    // half of them with no_new_privs, too: ix, ux, the stacks and others
    ...all.filter((_, at) => at % 4 < 2).map(starting("locked")),
    ...all.map(starting("traced")),
  ];
  const stdin = starts.map(({ path, first }) => `${first}\t${path}\n`).join("");
  const steps = CALLERS.map((caller): Step => {
    const label = caller.join("//&");
    const settings = label === "unconfined" ? {} : { profile: label };
    return {
      kind: "run",
      id: label,
      argv: ["/usr/bin/perl", LABEL_PROBE.path],
      stdin,
      timeoutMs: 300_000,
      ...settings,
    };
  });
  const results = await guest.run(...steps);
  const differences: string[] = [];
  for (const [at, caller] of CALLERS.entries()) {
    const lines = results[at]?.stdout.replace(/\n$/, "").split("\n") ?? [];
    assert.equal(
      lines.length,
      starts.length,
      `${kernel} ${caller.join("//&")}: ${results[at]?.stderr} ${results[at]?.execErrno}`,
    );
    for (const [place, start] of starts.entries()) {
      const { path, first } = start;
      const foreseen = foresee(world, caller, { ...start, kernel });
      if (lines[place] !== foreseen) {
        const exec = EXECS[Number(path.split("exec-")[1])] ?? path;
        differences.push(
          `${caller.join("//&")} ${exec}${first === "nothing" ? "" : ` ${first}`}: the kernel says ${lines[place]}, we ${foreseen}`,
        );
      }
    }
  }
  return { asked: CALLERS.length * starts.length, differences };
}

function foresee(
  world: readonly Profile[],
  caller: readonly string[],
  { kernel, ...start }: Start & { readonly kernel: KernelName },
): string {
  const parts = caller.map((name): LabelPart => {
    const profile = world.find((one) => one.name === name);
    return profile === undefined ? "unconfined" : [profile];
  });
  const attributes: FileAttributes = new Map(
    Object.entries(start.attributes).map(([name, text]) => [name, encodeBytes(text)]),
  );
  const lockedLabel = start.first === "locked" ? { lockedLabel: caller.join("//&") } : {};
  const tracer = start.first === "traced" ? { tracer: parts } : {};
  const to = labelExec({ parts, world, path: start.path, owner: true, attributes, kernel, ...lockedLabel, ...tracer });
  if (to.kind === "refused") return `errno ${to.reason === "no-new-privs" ? 1 : 13}\t`;
  return `${seenFromInside(to.label)}\t${to.secure ? 1 : 0}`;
}

/** A task with a part in a name space sees that part without the space's name, and what is outside of it not at all. */
function seenFromInside(label: string): string {
  if (label === "unconfined") return label;
  const inside = label.split("//&").filter((part) => part.startsWith(":sub:"));
  const seen = inside.length === 0 ? label : inside.join("//&").replaceAll(":sub:", "");
  return `${seen} (enforce)`;
}
