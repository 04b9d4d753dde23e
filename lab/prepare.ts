import { ok, type Outcome } from "../src/foundation/basics/index.ts";
import { cacheDirectory, exclusively } from "./cache.ts";
import { baseArchive } from "./image.ts";
import { fetchKernel, KERNEL_NAMES } from "./kernels.ts";
import { detachMounts } from "./mounts.ts";
import { openLogReaders, openOracle, openProfileTools } from "./oracle.ts";
import type { LabProblem } from "./problem.ts";
import { installTools } from "./tools.ts";

/**
 * Makes the lab ready: installs the tools that are missing (when root), fetches kernels, guest and oracles. Quick when all is there.
 * `say` hears one line about each thing, so that nobody waits in the dark.
 */
export async function prepareLab(say: (line: string) => void): Promise<Outcome<void, LabProblem>> {
  // Earlier versions mounted there.
  detachMounts(cacheDirectory());
  const installed = await exclusively("tools", async () => await installTools(say));
  if (!installed.ok) return installed;
  for (const name of KERNEL_NAMES) {
    const kernel = await fetchKernel(name);
    if (!kernel.ok) return kernel;
    say(`kernel ${name}: ${kernel.value.package}`);
  }
  const guest = await baseArchive([]);
  if (!guest.ok) return guest;
  say(`guest: ${guest.value}`);
  for (const suite of ["sid", "bookworm"] as const) {
    const oracle = await openOracle(suite);
    if (!oracle.ok) return oracle;
    say(`oracle of ${suite}: ${oracle.value.root}`);
  }
  const readers = await openLogReaders();
  if (!readers.ok) return readers;
  say(`readers of logs: ${readers.value.root}`);
  const tools = await openProfileTools();
  if (!tools.ok) return tools;
  say(`tools for profiles: ${tools.value.root}`);
  return ok(undefined);
}
