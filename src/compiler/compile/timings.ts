/** The stages of compilation, in order. Permission resolution happens inside `automata`, state by state. */
const compileStages = ["implied rules", "alias", "merge", "attachment", "patterns", "automata", "permissions"] as const;

export type CompileStage = (typeof compileStages)[number];

/** Milliseconds per stage, summed over all profiles. */
export type CompileTimings = Readonly<Record<CompileStage, number>>;

export interface StageClock {
  readonly run: <T>(stage: CompileStage, work: () => T) => T;
  readonly timings: () => CompileTimings;
}

/** Measures stages with a clock from outside; without one all times are 0. Shape: `now` counts milliseconds. */
export function createStageClock(now: (() => number) | undefined): StageClock {
  const spent: Record<CompileStage, number> = {
    "implied rules": 0,
    alias: 0,
    merge: 0,
    attachment: 0,
    patterns: 0,
    automata: 0,
    permissions: 0,
  };
  return {
    run: (stage, work) => {
      if (now === undefined) return work();
      const start = now();
      const result = work();
      spent[stage] += now() - start;
      return result;
    },
    timings: () => ({ ...spent }),
  };
}
