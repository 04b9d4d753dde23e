/** Whether the reference compiler accepts texts, asked for many at a time; for tests only. */
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { type Oracle, inScratch, runEach } from "./oracle.ts";

interface OracleVerdict {
  /** 124: it did not come to an end. */
  readonly status: number;
  readonly messages: string;
}

/**
 * The verdict about each text, with every rule class compiled for the newest features and nothing cached or loaded. Each text
 * is a run of its own, because one that crashes the compiler must not take others along.
 */
export function askVerdicts({ root }: Oracle, texts: readonly string[]): readonly OracleVerdict[] {
  const names = texts.map((_, index) => `t${index}`);
  const files = Object.fromEntries(texts.map((text, index) => [`t${index}`, encodeBytes(text)]));
  const args = ["--config-file=/dev/null", "-Q", "-K", "-S", "-M", "/etc/apparmor.d/abi/5.0"];
  const runs = inScratch(root, files, (work) => runEach(root, work, { args, names, throughStdin: true }));
  return runs.map(({ status, stderr }) => ({ status, messages: stderr }));
}
