/** `armorer/syntax`: the text of one profile file as a lossless tree, the formatter, edits, diagnostics and their renderings. */
export * from "../foundation/diagnostics/index.ts";
export * from "../foundation/text/index.ts";
export * from "../language/syntax/index.ts";
