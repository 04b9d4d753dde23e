/** What the functions of `armorer/app` take. */
import type { ParametersOf } from "./guarded.ts";
import { callback, fields, flag, optional, options, parameter, text, word } from "./shape.ts";
import { fileStore, kernel, processes } from "./values.ts";

const aWish = parameter(
  "wish",
  fields("a wish (`{ path, name?, abi? }`)", {
    path: text,
    name: optional(text),
    abi: optional(word("3.0", "4.0", "5.0")),
  }),
);
const systemFields = {
  files: fileStore,
  kernel,
  base: optional(text),
  isImage: optional(flag),
  workingDirectory: optional(text),
  realPath: optional(callback("gives a path without links")),
};
const aSystem = parameter("system", options(systemFields));
const aPath = parameter("path", text);

export const appParameters = {
  appProfile: [aWish],
  installApp: [aWish, aSystem],
  listApps: [aSystem],
  planApp: [aWish, aSystem],
  removeApp: [aPath, aSystem, parameter("options", optional(options({ dryRun: optional(flag) })))],
  verifyApp: [aPath, parameter("system", options({ ...systemFields, processes }))],
} satisfies ParametersOf<typeof import("../app.ts")>;
