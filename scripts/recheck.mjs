// Puts every regular expression of the sources that is written as a literal to `recheck`, which says which of them take time that grows faster
// than the text. It is no dependency, since it brings a JVM's archive or a program for each system: npm install --no-save --omit=optional recheck@4.5.0
import { createRequire } from "node:module";
import { allExpressions } from "../build/tests/support/expressions.js";

/** Those that take longer are not judged, and said to be so. */
const MOST_MS = 5000;

function load() {
  try {
    return createRequire(process.env.ARMORER_RECHECK ?? import.meta.url)("recheck");
  } catch {
    console.error(
      "recheck is not installed: npm install --no-save --omit=optional recheck@4.5.0, or name a file beside its node_modules in ARMORER_RECHECK",
    );
    process.exit(2);
  }
}

process.env.RECHECK_BACKEND = "pure";
const { checkSync } = load();
const all = allExpressions();
const counts = {};
for (const expression of all) {
  const end = expression.lastIndexOf("/");
  const { complexity, status } = checkSync(expression.slice(1, end), expression.slice(end + 1), { timeout: MOST_MS });
  const verdict = status === "safe" ? "safe" : (complexity?.type ?? "unknown");
  counts[verdict] = (counts[verdict] ?? 0) + 1;
  if (verdict !== "safe") console.log(`${verdict}: ${expression}`);
}
console.log(
  `${all.length} expressions: ${Object.entries(counts)
    .map(([verdict, count]) => `${count} ${verdict}`)
    .join(", ")}`,
);
process.exitCode = counts.exponential === undefined ? 0 : 1;
