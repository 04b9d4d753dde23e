import assert from "node:assert/strict";
import { test } from "node:test";
import { compareCommandLine, renderCommandLine } from "../support/command-comparison.ts";
import { randomCommandLine } from "../support/command-lines.ts";
import { dose } from "../support/dose.ts";
import { findOracle } from "../support/oracle.ts";

const oracle = await findOracle();
const COUNT = dose(60, 120);

test(
  "random command lines are answered as Debian's parser answers them",
  { skip: oracle.ok ? false : oracle.error },
  async () => {
    if (!oracle.ok) return;
    let compared = 0;
    for (let seed = 1; seed <= COUNT; seed += 1) {
      const line = randomCommandLine(seed);
      const differences = await compareCommandLine(line, oracle.value.root);
      assert.deepEqual(differences, [], `command line ${seed}:\n${renderCommandLine(line)}\n${differences.join("\n")}`);
      compared += 1;
    }
    assert.ok(compared === COUNT);
  },
);
