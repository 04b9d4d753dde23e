/** The first code of a compile thread of the bundle: it, too, is given what V8 compiled before. */
import { loadChunk } from "./start.ts";

loadChunk("compile-worker.cjs");
