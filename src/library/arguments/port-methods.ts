/** The ports and readers that public functions give: what their own functions take. */
import type {
  FileStorePort,
  FilesPort,
  KernelPort,
  LogsPort,
  MemoryFiles,
  ProcessDetailsPort,
  ProcessesPort,
} from "../../foundation/ports/index.ts";
import type { LogCount, LossDetector } from "../../learning/audit/index.ts";
import { guardedMethods, type ParametersOf } from "./guarded.ts";
import {
  bigint,
  bytes,
  callback,
  count,
  either,
  fields,
  flag,
  kindsOnly,
  notNegative,
  optional,
  options,
  parameter,
  text,
  word,
} from "./shape.ts";

const aPath = parameter("path", text);
const someBytes = parameter("bytes", bytes);

const reading = {
  read: [aPath, parameter("options", optional(options({ mostBytes: optional(count), isOperand: optional(flag) })))],
  list: [aPath],
  kind: [aPath],
} satisfies ParametersOf<FilesPort>;

const storing = {
  ...reading,
  status: [aPath],
  readOwn: [aPath, parameter("range", optional(fields("a range (`{ start, end }`)", { start: count, end: count })))],
  write: [
    aPath,
    someBytes,
    parameter(
      "options",
      optional(
        options({
          expected: optional(either('a Uint8Array or "absent"', bytes, word("absent"))),
          keepBeside: optional(flag),
          mode: optional(count),
          modifiedNs: optional(bigint),
          isFresh: optional(flag),
          expendable: optional(flag),
        }),
      ),
    ),
  ],
  output: [aPath, parameter("options", optional(options({ mode: optional(count) })))],
  within: [aPath, parameter("action", callback("is given the path"))],
  remove: [aPath, parameter("options", optional(options({ expected: optional(bytes) })))],
  makeDirectory: [aPath, parameter("mode", optional(count))],
} satisfies ParametersOf<FileStorePort>;

const aPolicy = parameter("policy", bytes);
const kernelMethods = {
  load: [aPolicy],
  replace: [aPolicy],
  remove: [parameter("profile", text)],
} satisfies Partial<ParametersOf<KernelPort>>;

const logSource = kindsOnly("a source (`{ kind, … }`)", {
  kmsg: {},
  "audit-log": { path: optional(text) },
  syslog: {},
  journal: {},
  file: { path: text },
});
const logOptions = options({ follow: optional(flag), sinceMs: optional(notNegative), onlyNew: optional(flag) });
const logsMethods = {
  open: [parameter("source", logSource), parameter("options", optional(logOptions))],
} satisfies ParametersOf<LogsPort>;

const processesMethods = {
  commandLine: [parameter("pid", count)],
  socketHolders: [parameter("use", word("server", "client", "network"))],
} satisfies Partial<ParametersOf<ProcessesPort & ProcessDetailsPort>>;

const countMethods = { feed: [parameter("piece", bytes)] } satisfies Partial<ParametersOf<LogCount>>;
const detectorMethods = {
  see: [
    parameter("record", fields("a record", { carrier: text, serial: optional(count), recordType: optional(count) })),
  ],
  seeNumbers: [
    parameter("at", fields("numbers of a record", { serial: count, sec: count, ms: count })),
    parameter("isShared", flag),
  ],
  notice: [
    parameter(
      "notice",
      fields("a notice of a loss", { type: word("LOSS"), suppressed: optional(count), lostTotal: optional(count) }),
    ),
  ],
} satisfies Partial<ParametersOf<LossDetector>>;

export function guardedFiles<Port extends FilesPort>(port: Port): Port {
  return { ...port, ...guardedMethods<FilesPort>("files", port, reading) };
}

export function guardedStore<Port extends FileStorePort>(port: Port): Port {
  return { ...port, ...guardedMethods<FileStorePort>("files", port, storing) };
}

/** What is made of the objects that the functions of `armorer/ports` and `armorer/audit` give. */
export const portsResults = { memoryFiles: (files: MemoryFiles): MemoryFiles => guardedStore(files) };
export const auditResults = {
  countLog: (log: LogCount): LogCount => guardedMethods("count", log, countMethods),
  lossDetector: (detector: LossDetector): LossDetector => guardedMethods("detector", detector, detectorMethods),
};

export function guardedKernel(kernel: KernelPort): KernelPort {
  return guardedMethods("kernel", kernel, kernelMethods);
}
export function guardedLogs(logs: LogsPort): LogsPort {
  return guardedMethods("logs", logs, logsMethods);
}
export function guardedProcesses<Port extends ProcessesPort & ProcessDetailsPort>(processes: Port): Port {
  return {
    ...processes,
    ...guardedMethods<ProcessesPort & ProcessDetailsPort>("processes", processes, processesMethods),
  };
}
