import { join } from "node:path";
import { ok, type Outcome } from "../../src/foundation/basics/index.ts";
import {
  APPARMOR_DIRECTORY,
  type KernelName,
  type LabProblem,
  type LabSession,
  openLab,
  renderFeatureTree,
} from "../index.ts";
import type { Product } from "./product.ts";
import { Stage, StageLost, type TourStep } from "./stage.ts";
import { TOUR_STEPS } from "./steps.ts";

/** How one step went. */
interface StepReport {
  readonly id: string;
  readonly title: string;
  readonly ok: boolean;
  /** Decisions the kernel put on record. */
  readonly events: number;
  readonly seconds: number;
  /** Claims that did not hold. */
  readonly failures: readonly string[];
}

/** The tour on one kernel. */
export interface KernelReport {
  readonly release: string;
  readonly bootMs: number;
  readonly steps: readonly StepReport[];
}

interface TourReport {
  readonly kernels: readonly KernelReport[];
}

async function playStep(step: TourStep, stage: Stage): Promise<StepReport> {
  const started = performance.now();
  stage.tell(`\n${step.id}) ${step.title}`);
  try {
    await step.play(stage);
  } catch (error) {
    if (!(error instanceof StageLost)) throw error;
    stage.expect(error.message, false);
  }
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  const { failures, eventCount } = stage;
  return { id: step.id, title: step.title, ok: failures.length === 0, events: eventCount, seconds, failures };
}

async function playOn(
  session: LabSession,
  product: Product,
  say: (line: string) => void,
): Promise<readonly StepReport[]> {
  const asked = await session.run([{ kind: "tree", id: "features", path: join(APPARMOR_DIRECTORY, "features") }]);
  if (!asked.ok) throw new StageLost(asked.error);
  const features = renderFeatureTree(asked.value[0]?.names ?? []);
  const reports: StepReport[] = [];
  for (const step of TOUR_STEPS) reports.push(await playStep(step, new Stage(session, product, features, say)));
  return reports;
}

/** Plays every step on one kernel; `say` hears all of it, line by line. */
export async function playTour(
  kernel: KernelName,
  product: Product,
  say: (line: string) => void,
): Promise<Outcome<KernelReport, LabProblem>> {
  say(`\nkernel ${kernel}: booting`);
  const opened = await openLab({ kernel });
  if (!opened.ok) return opened;
  const session = opened.value;
  say(`kernel ${session.release}: up after ${(session.bootMs / 1000).toFixed(1)} s`);
  try {
    return ok({ release: session.release, bootMs: session.bootMs, steps: await playOn(session, product, say) });
  } finally {
    await session.close();
  }
}

function cells(values: readonly string[]): string {
  return values.map((value) => value.padStart(24)).join("");
}

/** The table at the end. */
export function renderTable(report: TourReport): string {
  const titles = new Map(
    report.kernels.flatMap((kernel) => kernel.steps.map((step) => [step.id, step.title] as const)),
  );
  const width = Math.max(...[...titles.values()].map((title) => title.length), 0);
  const rows = [...titles].map(([id, title]) => {
    const results = report.kernels.map((kernel) => {
      const step = kernel.steps.find((one) => one.id === id);
      return step === undefined
        ? "-"
        : `${step.ok ? "ok" : "FAILED"} ${String(step.events).padStart(4)} ${step.seconds.toFixed(1).padStart(6)} s`;
    });
    return `${id}  ${title.padEnd(width)}${cells(results)}`;
  });
  const head = `${"".padEnd(width + 3)}${cells(report.kernels.map((kernel) => kernel.release.slice(0, 22)))}`;
  return [head, ...rows, `${"".padEnd(width + 3)}${cells(report.kernels.map(() => "records"))}`].join("\n");
}
