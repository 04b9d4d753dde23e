/** The first code of a thread of the bundle that helps: it, too, is given what V8 compiled before. */
import { loadChunk } from "./start.ts";

loadChunk("compile-worker.cjs");
