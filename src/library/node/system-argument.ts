import { callback, fields, optional, parameter } from "../arguments/shape.ts";

/** The calls of the operating system, in place of the machine's own. */
export const system = parameter("system", optional(fields("the system's calls", { open: callback("opens a file") })));
