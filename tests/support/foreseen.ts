/** What both monitors foresee of a request: whether it is refused, and what is written about it; for tests only. */
import assert from "node:assert/strict";
import {
  decide,
  effectOf,
  execDestination,
  labelComponents,
  labelRecords,
  peerQuestions,
  type ProfilePath,
  type RecordedPart,
} from "../../src/analysis/monitor/index.ts";
import { compiledDestination, decideCompiled, failedStage } from "../../src/analysis/tables/index.ts";
import type { CompiledProfile } from "../../src/compiler/compiled/index.ts";
import type { Profile } from "../../src/language/model/index.ts";
import { type AuditEvent, parseLine } from "../../src/learning/audit/index.ts";
import type { KernelName } from "../../lab/index.ts";
import type { Check } from "./probe-requests.ts";

/** All that is loaded, in both forms. */
export interface ForeseenWorld {
  readonly kernel: KernelName;
  readonly profiles: readonly Profile[];
  readonly compiled: readonly CompiledProfile[];
}

/** A record with the name of the operation, in one text. */
type RecordText = string;

interface Foreseen {
  readonly isRefused: boolean;
  readonly records: readonly RecordText[];
}

/**
 * Goes through the checks of a request as a kernel does: until one refuses, but both sides of an access are always asked. Of a stack every profile
 * is asked, in the order of the label, and has a record of its own.
 */
export function foresee(checks: readonly Check[], subject: string, world: ForeseenWorld): Foreseen {
  const records: RecordText[] = [];
  let isRefused = false;
  for (const check of checks) {
    if (isRefused && check.of === undefined) break;
    const { operation, question: whole } = check;
    for (const question of whole.kind === "unix" ? peerQuestions(whole) : [whole]) {
      const asked = { ...check, question };
      const found = labelComponents(check.of ?? subject).flatMap((name) => foreseeCheck(asked, name, world) ?? []);
      for (const record of labelRecords(question, found)) records.push(recordText({ ...record, operation }));
      isRefused ||= found.some((one) => one.isRefused);
    }
  }
  return { isRefused, records };
}

interface ForeseenCheck extends RecordedPart {
  readonly isRefused: boolean;
}

/** `undefined`: the profile is not asked. */
function foreseeCheck({ question }: Check, name: string, world: ForeseenWorld): ForeseenCheck | undefined {
  const { kernel, compiled } = world;
  const model = world.profiles.find((profile) => profile.name === name);
  const table = compiled.find((profile) => profile.name === name);
  assert.ok(model !== undefined && table !== undefined, name);
  const caller: ProfilePath = [model];
  const decision = decide(caller, question, kernel);
  const tables = decideCompiled(table, question, { kernel, family: compiled });
  if (!tables.isMediated) return undefined;
  assert.deepEqual(decision.verdicts, tables.verdicts, `${name}: ${JSON.stringify(question, withBigInts)}`);
  const destination =
    question.kind === "exec"
      ? execDestination({ caller, world: world.profiles, path: question.path, owner: question.owner })
      : undefined;
  if (question.kind === "exec") {
    const { path, owner } = question;
    const byTables = compiledDestination({ kernel, caller: table, world: compiled, path, owner });
    if (decision.allowed) assert.deepEqual(byTables, destination, `${name}: ${path}`);
  }
  const { mode, audit } = model.flags;
  const stage = failedStage(table, question, kernel);
  const isLost = decision.allowed && destination?.kind === "refused";
  const isRefused = isLost
    ? mode !== "complain" || kernel !== "7.2"
    : effectOf(model, decision, question.kind).access === "refused";
  return { isRefused, verdicts: decision.verdicts, subject: { name, mode, audit, kernel, stage, destination } };
}

function withBigInts(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

const FIELDS = [
  "type",
  "operation",
  "class",
  "info",
  "error",
  "namespace",
  "profile",
  "name",
  "target",
  "requestedMask",
  "deniedMask",
  "capability",
  "family",
  "sockType",
  "addr",
  "peerAddr",
  "peer",
  "signal",
  "rlimit",
  "value",
  "fsType",
  "srcName",
  "flags",
] as const;

/** The fields that policy decides, in one order. */
function recordText(record: Partial<Record<(typeof FIELDS)[number], string | number | null>>): RecordText {
  return FIELDS.flatMap((field) => (record[field] === undefined ? [] : [`${field}=${String(record[field])}`])).join(
    " ",
  );
}

/** The records of each request: they stand between directories that nobody may make. */
export function recordsByRequest(lines: readonly string[]): ReadonlyMap<string, readonly RecordText[]> {
  const found = new Map<string, RecordText[]>();
  let own: RecordText[] = [];
  for (const line of lines) {
    const item = parseLine(line);
    assert.ok(item !== undefined && "kind" in item && "operation" in item, line);
    const event: AuditEvent = item;
    const mark = /^\/srv\/mark\/\d+-(\w+)\/$/.exec(event.name ?? "");
    if (mark !== null) {
      own = [];
      found.set(mark[1] ?? "", own);
    } else if (!isNoise(event)) own.push(recordText(event));
  }
  return found;
}

/** How the probe gets at its own attributes, and what Perl asks of every file that it opens. */
function isNoise({ name = "", operation }: AuditEvent): boolean {
  return name.startsWith("/proc/") || operation === "getattr";
}

/** Records of capabilities: kernels leave repetitions out, and ask for more of them than a request is about. */
function isCapable(text: RecordText): boolean {
  return text.includes(" operation=capable ");
}

/** Why recorded and foreseen are not the same; `undefined`: they are. */
export function recordDifference(foreseen: readonly RecordText[], recorded: readonly RecordText[]): string | undefined {
  const [ours, theirs] = [foreseen, recorded].map((list) => list.filter((text) => !isCapable(text)));
  const names = foreseen.filter(isCapable).map(capabilityOf);
  const strange = recorded.filter(
    (text) => isCapable(text) && names.includes(capabilityOf(text)) && !foreseen.includes(text),
  );
  if (JSON.stringify(ours) === JSON.stringify(theirs) && strange.length === 0) return undefined;
  return `foreseen\n  ${foreseen.join("\n  ")}\nrecorded\n  ${recorded.join("\n  ")}`;
}

function capabilityOf(text: RecordText): string {
  return /capability=(\S+)/.exec(text)?.[1] ?? "";
}
