/** What the functions with Node take: parameter by parameter, in their order. */
import type { ParametersOf } from "../arguments/guarded.ts";
import { optional, options, parameter, text } from "../arguments/shape.ts";
import { files, fileStore } from "../arguments/values.ts";
import { system } from "./system-argument.ts";

const place = parameter("place", optional(options({ root: optional(text), directory: optional(text) })));

export const nodeParameters = {
  gitFiles: [parameter("directory", text), parameter("revision", text), parameter("files", files)],
  nodeFiles: [system],
  nodeKernel: [place, system],
  nodeLogs: [place, system],
  nodeProcesses: [place, system],
  parseProfileList: [parameter("text", text)],
  previewFiles: [parameter("below", fileStore)],
  readFeatureText: [parameter("path", text), system],
  splitLabel: [parameter("text", text)],
} satisfies ParametersOf<typeof import("./index.ts")>;
