/**
 * Random command lines through both `apparmor_parser`s, what differs printed: `node build/bench/command-lines.js FIRST COUNT`.
 * The same comparison as in tests/differential/command-lines.test.ts, for as long as one likes.
 */
import { findOracle } from "../tests/support/oracle.ts";
import { compareCommandLine, renderCommandLine } from "../tests/support/command-comparison.ts";
import { randomCommandLine } from "../tests/support/command-lines.ts";

const [first = "0", count = "200"] = process.argv.slice(2);
const oracle = await findOracle();
if (!oracle.ok) throw new Error(oracle.error);
let differing = 0;
for (let seed = Number(first); seed < Number(first) + Number(count); seed += 1) {
  const line = randomCommandLine(seed);
  const differences = await compareCommandLine(line, oracle.value.root);
  if (differences.length === 0) continue;
  differing += 1;
  console.log(`#### ${seed}\n${renderCommandLine(line)}\n${differences.join("\n")}\n`);
}
console.log(`${count} command lines, ${differing} answered differently`);
