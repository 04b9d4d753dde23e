/** Whether the listed file rules of a profile, compiled again, decide the same. */
import type { CompiledPolicy, CompiledProfile } from "../../src/compiler/compiled/index.ts";
import { compareAutomata } from "../../src/analysis/tables/index.ts";
import { renderFileRules } from "../../src/compiler/decompile/index.ts";
import { isBelow } from "../../src/language/tables/index.ts";
import { Work } from "../../src/compiler/decompile/work.ts";
import { compileText, type PipelineOptions } from "./pipeline.ts";

interface ListedAgain {
  /** The listing says that it is not whole. */
  readonly isShortened: boolean;
  readonly lines: readonly string[];
  /** Empty: the same decisions. */
  readonly differences: readonly string[];
}

/** The file rules of one profile of a policy, listed and compiled; undefined if it has none. */
export function listFilesAgain(
  { profiles }: CompiledPolicy,
  { name, flags, file }: CompiledProfile,
  options: PipelineOptions,
): ListedAgain | undefined {
  if (file === undefined) return undefined;
  const isFamily = (flags & 1) === 1 || profiles.some((other) => isBelow(other.name, name));
  const all = renderFileRules(file, { isFamily, effort: { search: new Work(1e10), patterns: new Work(1e9) } });
  const lines = all.filter((line) => !line.startsWith("#"));
  const isShortened = lines.length < all.length;
  const text = `profile listed {\n${lines.join("\n")}\n${isFamily ? "^hat {}\n" : ""}}\n`;
  const { policy, errors } = compileText(text, options);
  const again = policy.profiles.find((profile) => profile.name === "listed")?.file;
  if (again === undefined) return { isShortened, lines, differences: errors.map(({ message }) => message) };
  const differences = compareAutomata(again, file, "file").map(({ message, witness }) => `${witness}: ${message}`);
  return { isShortened, lines, differences };
}
