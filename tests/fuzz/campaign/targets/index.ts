/** Every target; another is a file beside these and a line here. */
import type { Target } from "../target.ts";
import { audit } from "./audit.ts";
import { cacheEntries } from "./cache-entries.ts";
import { compile } from "./compile.ts";
import { decode } from "./decode.ts";
import { decodeReal } from "./decode-real.ts";
import { features } from "./features.ts";
import { format } from "./format.ts";
import { learn } from "./learn.ts";
import { parserConfig } from "./parser-config.ts";
import { resolve } from "./resolve.ts";
import { syntax } from "./syntax.ts";

export const targets: readonly Target[] = [
  syntax,
  format,
  resolve,
  compile,
  decode,
  decodeReal,
  audit,
  learn,
  features,
  parserConfig,
  cacheEntries,
];
