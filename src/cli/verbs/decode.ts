import { type Command, usageError } from "../command.ts";

export const command: Command = {
  name: "decode",
  summary: "not there yet",
  usage: "",
  options: [],
  run: (call) => usageError(call.io, "decode", "not there yet"),
};
