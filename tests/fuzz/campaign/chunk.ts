/** A stretch of the long campaign, in a process of its own: `main.ts` watches over it. */
import { openSync, writeSync } from "node:fs";
import { argv } from "node:process";
import { runTarget } from "./run.ts";
import { targets } from "./targets/index.ts";

const SLOW_MS = 2000;

export interface ChunkRequest {
  readonly target: string;
  readonly seed: number;
  readonly start: number;
  readonly inputs: number;
  /** A file that gets the number of each input before it is tried. */
  readonly progress: string;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `main.ts` has written
const request = JSON.parse(argv[2] ?? "") as ChunkRequest;
const target = targets.find(({ name }) => name === request.target);
if (target === undefined) throw new Error(`there is no target ${request.target}`);
const progress = openSync(request.progress, "r+");
// As many characters each time: a shorter number would leave the end of a longer one.
const onInput = (index: number): void => void writeSync(progress, String(index).padStart(12), 0);
process.send?.(runTarget(target, { ...request, slowMs: SLOW_MS, onInput }));
