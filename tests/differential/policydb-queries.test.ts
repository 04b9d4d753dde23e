/**
 * What we read from a policy, asked of the kernels: each loads recorded streams and our own encodings of them, and answers its
 * query interface (kernel-abi 8.20) for a shortest input of every meaning, and for inputs that nothing matches.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  APPARMOR_DIRECTORY,
  bootLab,
  KERNEL_NAMES,
  prepareLab,
  renderLabProblem,
  resultOf,
  type Step,
} from "../../lab/index.ts";
import { witnesses } from "../../src/compiler/automata/index.ts";
import { type CompiledProfile, match } from "../../src/compiler/compiled/index.ts";
import { queryProfile } from "../../src/analysis/tables/index.ts";
import { encodePolicy, type KernelGeneration } from "../../src/compiler/policydb/index.ts";
import { decoded, readStream, withoutLayouts } from "../support/streams.ts";

const prepared = await prepareLab(() => undefined);
const skip = prepared.ok ? false : renderLabProblem(prepared.error);

interface Question {
  readonly profile: CompiledProfile;
  readonly classNumber: number;
  readonly data: Uint8Array;
}

/** Enforcing profiles without children, in the newest encoding a kernel takes. */
function streamsFor(kernel: KernelGeneration): readonly string[] {
  const names = ["deny", "ex", "mix", "xattr", "net"];
  if (kernel === "6.12") return ["deny-6.1", "ex-6.1", "mix-6.12", "xattr-6.1", "net-6.1"];
  return names.map((name) => `${name}-${kernel}`);
}

function questionsOf(profile: CompiledProfile): readonly Question[] {
  const { file, policydb } = profile;
  const ask = (classNumber: number, data: ArrayLike<number>): Question => ({
    profile,
    classNumber,
    data: Uint8Array.from(data),
  });
  const paths = file === undefined ? [] : [...witnesses(file.dfa).values()];
  const strings = policydb === undefined ? [] : [...witnesses(policydb.dfa).values()];
  const classes = Array.from({ length: 36 }, (_, number) => number);
  return [
    ...paths.flatMap((path) => [ask(2, path), ask(2, [...path, 0x78])]),
    ask(2, [0x2f]),
    ...strings.flatMap(([number = 0, ...data]) => [ask(number, data), ask(number, [...data, 0x78])]),
    ...classes.flatMap((number) => [ask(number, []), ask(number, [0, 2, 0, 1])]),
  ];
}

/** Without the recorded layout, and with every trick of storage the kernel knows: class tables, and on 7.2 differential states. */
function ownWay(profile: CompiledProfile, kernel: KernelGeneration): CompiledProfile {
  const { policydb, file, ...rest } = withoutLayouts(profile);
  const tricks = { equivalenceClasses: true, diffEncoded: kernel === "7.2" };
  return { ...rest, policydb: policydb && { ...policydb, ...tricks }, file: file && { ...file, ...tricks } };
}

/** How many states of a stream are stored relative to another one. */
function relativeStates(stream: Uint8Array): number {
  const layouts = decoded(stream).profiles.flatMap(({ policydb, file }) => [policydb?.layout, file?.layout]);
  return layouts.reduce((sum, layout) => sum + (layout?.differential.reduce((all, bit) => all + bit, 0) ?? 0), 0);
}

/** The four numbers of an answer. */
function modelOf({ profile, classNumber, data }: Question, kernel: KernelGeneration): string {
  const entry = queryProfile(profile, classNumber, data, { kernel, isOwner: true });
  const all = 0xffffffff;
  if (entry === undefined) return numbersText(all, 0, 0, all);
  const { file, policydb } = profile;
  const input = classNumber === 2 && file !== undefined ? [...data] : [classNumber, ...data];
  const automaton = classNumber === 2 && file !== undefined ? file : policydb;
  // the interface has no permissions for the dead state, whatever the table says
  if (automaton !== undefined && match(automaton.dfa, 1, Uint8Array.from(input)) === 0) return numbersText(0, 0, 0, 0);
  const { allow, deny, audit, quiet } = entry;
  return numbersText(allow & ~deny, deny, audit & allow, quiet & ~allow);
}

function numbersText(...numbers: readonly number[]): string {
  return numbers.map((number) => `0x${(number >>> 0).toString(16).padStart(8, "0")}`).join(" ");
}

/** A shell script that asks all questions; one line of answer for each. */
function script(questions: readonly Question[]): string {
  const lines = questions.map(({ profile, classNumber, data }) => {
    const query = Buffer.concat([Buffer.from(`label\0${profile.name}\0`), Buffer.of(classNumber), data]);
    const octal = Array.from(query, (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
    return `exec 3<>$A; printf '${octal}' >&3; read a <&3; read b <&3; read c <&3; read d <&3; echo "$a $b $c $d"; exec 3>&-`;
  });
  return [`A=${APPARMOR_DIRECTORY}/.access`, ...lines].join("\n");
}

for (const kernel of KERNEL_NAMES) {
  test(`kernel ${kernel} answers queries as we do, from recorded streams and from ours`, { skip }, async () => {
    const policies = streamsFor(kernel).map((name) => ({ name, policy: decoded(readStream(name)) }));
    const questions = policies.flatMap(({ policy }) => policy.profiles.flatMap(questionsOf));
    const path = "/srv/ask.sh";
    const load = (own: boolean): readonly Step[] =>
      policies.map(({ name, policy }) => {
        const profiles = policy.profiles.map((profile) => (own ? ownWay(profile, kernel) : profile));
        return { kind: "replace", id: `${own ? "our" : "their"} ${name}`, policy: encodePolicy({ profiles }) };
      });
    const ask = (id: string): Step => ({ kind: "run", id, argv: ["sh", path], timeoutMs: 300_000 });
    const steps = [...load(false), ask("theirs"), ...load(true), ask("ours")];
    const report = await bootLab({ kernel, steps, files: [{ path, data: script(questions) }] });
    if (!report.ok) assert.fail(renderLabProblem(report.error));
    if (kernel === "7.2") {
      const relative = load(true).reduce(
        (sum, step) => sum + (step.kind === "replace" ? relativeStates(step.policy) : 0),
        0,
      );
      assert.ok(relative > 5, `only ${relative} differential states`);
    }
    for (const step of report.value.steps) assert.equal(step.errno, undefined, step.id);
    const wanted = questions.map((question) => modelOf(question, kernel));
    for (const id of ["theirs", "ours"]) {
      const result = resultOf(report.value, id);
      const answers = result.stdout
        .trimEnd()
        .split("\n")
        .map((line) => (line.match(/0x[0-9a-f]+/g) ?? []).join(" "));
      assert.equal(answers.length, questions.length, result.stderr);
      const differences = questions.flatMap(({ profile, classNumber, data }, i) =>
        answers[i] === wanted[i]
          ? []
          : [
              `${id} ${profile.name} ${classNumber} ${Buffer.from(data).toString("latin1")}: ${answers[i]}, we ${wanted[i]}`,
            ],
      );
      assert.deepEqual(differences.slice(0, 20), []);
    }
    assert.ok(questions.length > 400, `only ${questions.length} questions`);
  });
}
