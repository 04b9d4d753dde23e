import { type Command, usageError } from "../command.ts";

export const command: Command = {
  name: "fmt",
  summary: "not there yet",
  usage: "",
  options: [],
  run: (call) => usageError(call.io, "fmt", "not there yet"),
};
