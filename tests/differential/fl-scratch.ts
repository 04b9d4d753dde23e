import { readFileSync } from "node:fs";
import { decodePolicy } from "../../src/compiler/policydb/index.ts";
import { findOracle } from "../support/oracle.ts";
import { compileBatch } from "../support/oracle-batch.ts";
const kernel = readFileSync(`tests/corpus/features/debian-kernel-7.2`, "utf8");
const pats = process.argv.slice(2);
const r = compileBatch(
  findOracle()!,
  pats.map((p) => `profile t ${p}`),
  { kernel, args: ["-q"] },
);
for (const [i, p] of pats.entries()) {
  const s = r[i]!.stream;
  if (!s) {
    console.log(p, r[i]!.messages);
    continue;
  }
  const d = decodePolicy(s);
  if (!d.ok) continue;
  const { flags, mode, audit, pathFlags, disconnected, disconnectedIpc } = d.value.profiles[0]!;
  console.log(p, flags, mode, audit, pathFlags, disconnected, disconnectedIpc);
}
