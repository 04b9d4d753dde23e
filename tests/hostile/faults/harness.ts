/** Every refusal at every point of a command: each of its calls is made to fail in each way, in a world that is as it was before. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Expectation, type Look, judge } from "./judge.ts";
import { type Machine, type MachineState, buildMachine, stateOf } from "./machine.ts";
import { type Answer, FAULTS, type Invocation, type Point, type SeenCall, runAt } from "./points.ts";
import { type Plan, snapshot } from "./tree.ts";

export interface Scenario extends Invocation {
  readonly name: string;
  readonly plan: Plan;
  readonly input?: string;
  /** What ran before, without faults. */
  readonly earlier?: readonly Invocation[];
  /** Where mere caches are. */
  readonly caches?: RegExp;
  /** Outputs that are emptied when nothing can be made for them. */
  readonly mayBeEmptied?: RegExp;
  /** Holds a dialogue on standard output. */
  readonly speaksOut?: boolean;
  /** What need not be there, beside what no command needs. */
  readonly optional?: RegExp;
  /** What a run can do without, as is said, with a status that is none the worse. */
  readonly onlyWarns?: RegExp;
  /** Running it again does not do the same: what is loaded cannot be added. */
  readonly isOnce?: boolean;
}

interface Finding {
  readonly scenario: string;
  readonly point: Point;
  readonly call: SeenCall | undefined;
  readonly wrong: string;
}

interface Tally {
  readonly points: number;
  readonly findings: readonly Finding[];
}

function look(machine: Machine): Look {
  return { tree: snapshot(machine.root), loaded: new Map(machine.policy.loaded) };
}

interface Stage {
  readonly root: string;
  readonly state: MachineState;
  readonly expectation: Expectation;
}

async function setStage(root: string, scenario: Scenario): Promise<Stage> {
  const { caches, earlier = [], input, optional } = scenario;
  const first = buildMachine(root, { plan: scenario.plan, loaded: new Map() });
  for (const invocation of earlier) {
    const { status, err } = await runAt(first, invocation);
    assert.equal(status, 0, `${scenario.name}: what comes before it failed: ${err}`);
  }
  const state = stateOf(first);
  first.closeAll();
  const machine = buildMachine(root, state, input === undefined ? {} : { input });
  const before = look(machine);
  const rests: Look[] = [];
  const answer = await runAt(machine, scenario, { atRest: () => void rests.push(look(machine)) });
  assert.equal(answer.status, 0, `${scenario.name} fails without any fault: ${answer.err}`);
  const expectation = {
    before,
    after: look(machine),
    rests,
    answer,
    isCache: (path: string) => caches?.test(path) === true,
    mayBeEmptied: scenario.mayBeEmptied,
    speaksOut: scenario.speaksOut === true,
    onlyWarns: ({ path }: SeenCall) => scenario.onlyWarns?.test(path) === true,
    isOptional: ({ path }: SeenCall) => optional?.test(path) === true,
  };
  machine.closeAll();
  return { root, state, expectation };
}

/** The points of a command; not many more than `most`, of all faults and all along. */
function* pointsOf(callCount: number, most: number): Generator<Point> {
  let stride = Math.max(1, Math.floor((callCount * FAULTS.length) / most));
  if (stride % 3 === 0) stride += 1;
  for (let number = 0; number < callCount * FAULTS.length; number += stride) {
    const fault = FAULTS[number % FAULTS.length];
    if (fault !== undefined) yield { index: Math.floor(number / FAULTS.length), fault };
  }
}

/** What a run after the one that failed makes of it. */
async function runAgain(machine: Machine, scenario: Scenario, { after, isCache }: Expectation): Promise<string[]> {
  const again = await runAt(machine, scenario);
  if (again.status !== 0) return [`afterwards it fails: ${again.err.slice(0, 300)}`];
  const now = look(machine);
  const wrong = [...after.tree].filter(
    ([path, what]) => !isCache(path) && !path.endsWith("apparmor/profiles") && now.tree.get(path) !== what,
  );
  const policy = [...after.loaded].filter(([name, what]) => now.loaded.get(name) !== what);
  return [...wrong, ...policy].map(([name]) => `${name} is wrong after a second run`);
}

async function tryPoint(
  stage: Stage,
  scenario: Scenario,
  point: Point,
  isBuilt: boolean,
): Promise<{ findings: string[]; answer: Answer; isTouched: boolean }> {
  const { root, state, expectation } = stage;
  const machine = buildMachine(root, state, {
    isBuilt,
    ...(scenario.input !== undefined && { input: scenario.input }),
  });
  const answer = await runAt(machine, scenario, { point });
  machine.closeAll();
  const findings = judge(answer, look(machine), expectation, point);
  const isTouched = machine.isTouched();
  const call = answer.calls[point.index];
  // What was done in a world without it stays done.
  const isAbsent = point.fault === "ENOENT" && call !== undefined && expectation.isOptional(call);
  if (isTouched && !isAbsent && scenario.isOnce !== true && scenario.input === undefined)
    findings.push(...(await runAgain(machine, scenario, expectation)));
  machine.closeAll();
  return { findings, answer, isTouched };
}

/** Tries a scenario at all of its points, or at about so many. */
export async function tryScenario(scenario: Scenario, most = Infinity): Promise<Tally> {
  const parent = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  const root = mkdtempSync(join(parent, "armorer-faults-"));
  try {
    const stage = await setStage(root, scenario);
    const findings: Finding[] = [];
    let points = 0;
    let isBuilt = false;
    for (const point of pointsOf(stage.expectation.answer.calls.length, most)) {
      const tried = await tryPoint(stage, scenario, point, isBuilt);
      isBuilt = !tried.isTouched;
      points += 1;
      const call = tried.answer.calls[point.index];
      for (const wrong of tried.findings) findings.push({ scenario: scenario.name, point, call, wrong });
    }
    return { points, findings };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
