import { type Command, usageError } from "../command.ts";

export const command: Command = {
  name: "compile",
  summary: "not there yet",
  usage: "",
  options: [],
  run: (call) => usageError(call.io, "compile", "not there yet"),
};
