import { type Command, usageError } from "../command.ts";

export const command: Command = {
  name: "load",
  summary: "not there yet",
  usage: "",
  options: [],
  run: (call) => usageError(call.io, "load", "not there yet"),
};
