import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compareStreams } from "../../src/analysis/tables/index.ts";
import { fail, ok } from "../../src/foundation/basics/index.ts";
import type { Oracle } from "../oracle.ts";
import type { Product } from "./product.ts";

/** A directory's files by their paths below it, as the oracle's scratch directory wants them. */
function filesBelow(directory: string, prefix: string): Record<string, Uint8Array> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [prefix + path.slice(directory.length), readFileSync(path)];
    }),
  );
}

/**
 * The product, each of its compilations held against Debian's parser: they must mean the same, by a product walk over all
 * automata and a comparison of everything else. `policyDirectory` is the base both compile with.
 */
export function comparedWith(oracle: Oracle, product: Product, policyDirectory: string): Product {
  const base = filesBelow(policyDirectory, "base");
  return {
    note: "means what apparmor_parser 5.0.2 makes of it",
    learn: product.learn,
    compile: async (text, features) => {
      const ours = await product.compile(text, features);
      if (!ours.ok) return ours;
      const argv = ["--config-file={dir}/config", "-qQKS", "-b", "{dir}/base", "-M", "{dir}/features", "{dir}/policy"];
      const answer = await oracle.parse(argv, { files: { ...base, config: "", features, policy: text } });
      if (answer.status !== 0) return fail(`apparmor_parser rejects it: ${answer.stderr.trim()}`);
      const [difference] = compareStreams(ours.value, answer.stdout);
      if (difference === undefined) return ok(ours.value);
      const { profile, part, message, witness } = difference;
      return fail(`apparmor_parser means something else: ${profile} ${part} ${message} ${witness ?? ""}`);
    },
  };
}
