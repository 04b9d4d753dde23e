/** What the functions with Node take: parameter by parameter, in their order. */
import { type Outcome, ok } from "../../foundation/basics/index.ts";
import type { FilesPort } from "../../foundation/ports/index.ts";
import type { PreviewStore } from "../../host/index.ts";
import type { ParametersOf } from "../arguments/guarded.ts";
import { guardedFiles, guardedKernel, guardedLogs, guardedProcesses, guardedStore } from "../arguments/port-methods.ts";
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

/** The functions of the ports look at what they are given as well. */
export const nodeResults = {
  gitFiles: (opened: Outcome<FilesPort, string>): Outcome<FilesPort, string> =>
    opened.ok ? ok(guardedFiles(opened.value)) : opened,
  nodeFiles: guardedStore,
  nodeKernel: guardedKernel,
  nodeLogs: guardedLogs,
  nodeProcesses: guardedProcesses,
  previewFiles: (preview: PreviewStore): PreviewStore => guardedStore(preview),
};
