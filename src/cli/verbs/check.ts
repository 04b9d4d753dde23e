import { type Command, usageError } from "../command.ts";

export const command: Command = {
  name: "check",
  summary: "not there yet",
  usage: "",
  options: [],
  run: (call) => usageError(call.io, "check", "not there yet"),
};
