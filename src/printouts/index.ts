/**
 * In: what the stages of the pipeline give. Out: the exact texts that apparmor_parser 5.0.2 prints of them (`-p`, `-d`, `-D`).
 * Must not know: files, argv, caches. Nothing in the language or the compiler depends on these texts.
 */
export type { AutomatonDumps } from "./automata.ts";
export { dumpAutomata, type PrintedSource, type Printout, printSource, type Stages } from "./print.ts";
