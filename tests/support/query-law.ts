/** Questions put to a kernel's query interface and to both monitors; for tests only. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { decide, type Decision, type Question } from "../../src/analysis/monitor/index.ts";
import {
  decideCompiled,
  type Lookup,
  mediates,
  queryAnswer,
  type QueryAnswer,
  queryProfile,
  type TableDecision,
} from "../../src/analysis/tables/index.ts";
import { type CompiledProfile, MediationClass } from "../../src/compiler/compiled/index.ts";
import type { KernelGeneration } from "../../src/compiler/policydb/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import type { Profile } from "../../src/language/model/index.ts";
import type { GuestFile, Step } from "../../lab/index.ts";
import type { Guest } from "./lab.ts";
import type { Random } from "./random.ts";
import { questionNear } from "./rule-questions.ts";

export const ACCESS_SCRIPT: GuestFile = { path: "/srv/access.pl", data: readFileSync("tests/kernel/access.pl") };

/** A loaded profile, as text and as it was compiled. */
export interface AskedProfile {
  readonly model: Profile;
  readonly compiled: CompiledProfile;
}

/** One question with what both monitors say, and the strings that were looked up for it. */
interface PreparedQuestion {
  readonly asked: AskedProfile;
  readonly question: Question;
  readonly isOwner: boolean;
  readonly lookups: readonly Lookup[];
  readonly tables: TableDecision;
  readonly model: Decision;
}

function prepare(asked: AskedProfile, random: Random, kernel: KernelGeneration): PreparedQuestion {
  const question = known(questionNear(asked.model, random), asked.compiled, kernel);
  const isOwner = "owner" in question ? question.owner : true;
  const lookups: Lookup[] = [];
  const tables = decideCompiled(asked.compiled, question, {
    kernel,
    find: (lookup) => {
      lookups.push(lookup);
      return queryProfile(asked.compiled, lookup.classNumber, lookup.data, { kernel, isOwner });
    },
  });
  return { asked, question, isOwner, lookups, tables, model: decide(asked.model, question) };
}

/** Where unix sockets have no addresses, they are sockets like others. */
function known(question: Question, compiled: CompiledProfile, kernel: KernelGeneration): Question {
  if (question.kind !== "unix" || (kernel === "7.2" && mediates(compiled, MediationClass.networkV9))) return question;
  return { kind: "network", family: "unix", type: question.type, permissions: question.permissions };
}

function queryBytes({ namespace, name }: CompiledProfile, { classNumber, data }: Lookup): Buffer {
  const label = namespace === undefined ? name : `:${namespace}:${name}`;
  return Buffer.from([...encodeBytes(`label\0${label}\0`), classNumber, ...data]);
}

function askStep(id: string, queries: readonly Buffer[], uid: number): Step {
  const stdin = queries.map((query) => `${query.toString("hex")}\n`).join("");
  return { kind: "run", id, argv: ["/usr/bin/perl", ACCESS_SCRIPT.path], stdin, uid, timeoutMs: 300_000 };
}

interface QueryReport {
  readonly questions: number;
  /** Strings put to the kernel. */
  readonly queries: number;
  readonly refused: number;
  /** Questions of classes that the kernel and the profile's ABI mediate, of which the rules were asked, too. */
  readonly compared: number;
  readonly byKind: ReadonlyMap<string, number>;
  readonly differences: readonly string[];
}

/** Asks `count` questions of the profiles by turns: the kernel, the tables, and the rules. */
export async function askKernel(
  guest: Guest,
  profiles: readonly AskedProfile[],
  settings: { readonly count: number; readonly random: Random; readonly kernel: KernelGeneration },
): Promise<QueryReport> {
  const { count, random, kernel } = settings;
  const prepared = Array.from({ length: count }, () => prepare(random.pick(profiles), random, kernel));
  const flat = prepared.flatMap((one) => one.lookups.map((lookup) => ({ one, lookup })));
  const halves = [0, 1000].map((uid) => flat.filter(({ one }) => one.isOwner === (uid === 0)));
  const results = await guest.run(
    ...halves.map((half, at) => {
      const queries = half.map(({ one, lookup }) => queryBytes(one.asked.compiled, lookup));
      return askStep(`queries ${at}`, queries, at === 0 ? 0 : 1000);
    }),
  );
  const differences: string[] = [];
  for (const [at, half] of halves.entries()) {
    const lines = results[at]?.stdout.trimEnd().split("\n") ?? [];
    assert.ok(half.length === 0 || lines.length === half.length, `${lines.length} answers: ${results[at]?.stderr}`);
    for (const [place, { one, lookup }] of half.entries()) {
      const options = { kernel, isOwner: one.isOwner };
      const expected = answerText(queryAnswer(one.asked.compiled, lookup.classNumber, lookup.data, options));
      if (lines[place] !== expected)
        differences.push(
          `${one.asked.model.name} ${JSON.stringify(one.question)}: the kernel says ${lines[place]}, the tables ${expected}`,
        );
    }
  }
  const byKind = new Map<string, number>();
  for (const { question } of prepared) byKind.set(question.kind, (byKind.get(question.kind) ?? 0) + 1);
  const mediated = prepared.filter(({ tables }) => tables.isMediated);
  differences.push(...mediated.flatMap(modelDifference));
  return {
    questions: count,
    queries: flat.length,
    refused: mediated.filter(({ tables }) => !tables.allowed).length,
    compared: mediated.length,
    byKind,
    differences,
  };
}

function answerText({ allow, deny, audit, quiet }: QueryAnswer): string {
  return [allow, deny, audit, quiet].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join(" ");
}

function modelDifference({ asked, question, tables, model }: PreparedQuestion): readonly string[] {
  if (asked.compiled.mode === 3 || asked.model.flags.mode === "default_allow") return [];
  const [one, other] = [model.verdicts, tables.verdicts].map((verdicts) => JSON.stringify(verdicts));
  return one === other ? [] : [`${asked.model.name} ${JSON.stringify(question)}: rules ${one}, tables ${other}`];
}
