import { type Release, loadPorter } from "../../app/index.ts";
import { frameDiagnostics, jsonReport } from "../../foundation/diagnostics/index.ts";
import { decodeBytes, displayText, sourceFile } from "../../foundation/text/index.ts";
import { errnoText } from "../errno-texts.ts";
import { questionOptions, readAskedTexts, tellWhereIncludesAre } from "./asked-policy.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { packagedAbi } from "./policy-options.ts";
import { oneOf } from "./value-types.ts";

const RELEASES = ["3.0", "4.0", "4.1", "5.0"] as const satisfies readonly Release[];

async function run(call: Invocation): Promise<number> {
  const { io, json } = call;
  const { abiOf, portFile } = await loadPorter();
  const release = RELEASES.find((one) => one === call.value("to"));
  if (release === undefined) return usageError(io, "port", `--to RELEASE is needed: ${RELEASES.join(", ")}`);
  if (call.operands.length !== 1) return usageError(io, "port", "takes a file of profiles");
  const abi = packagedAbi(abiOf[release], call);
  if (!abi.ok) {
    io.err(`armorer port: ${displayText(abi.error)}\n`);
    return EXIT.bad;
  }
  const [path = ""] = call.operands;
  if (io.files.kind(path) === "directory") {
    io.err(`armorer port: ${displayText(path)}: ${errnoText("EISDIR")}\n`);
    return EXIT.bad;
  }
  const asked = readAskedTexts(call, "port");
  if (typeof asked === "number") return asked;
  const [named] = asked.texts;
  if (named === undefined) return EXIT.bad;
  const source = sourceFile(named.path, decodeBytes(named.bytes));
  const ported = portFile({ source, release, abi: abi.value }, asked.settings, io.files);
  if (!ported.ok) {
    io.err(`armorer port: ${displayText(named.path)}: ${displayText(ported.error)}\n`);
    await tellWhereIncludesAre([named], asked, { call, command: "port" });
    return EXIT.bad;
  }
  const { diagnostics, text } = ported.value;
  const report = { file: source, ok: text !== undefined, diagnostics };
  const find = (): typeof source => source;
  if (json) printJson(io, "armorer/port/1", { release, text: text ?? null, ...jsonReport([report], find) });
  else {
    if (diagnostics.length > 0) {
      io.err(frameDiagnostics([report], { find }));
      io.err("\n");
    }
    if (text !== undefined) io.verbatim(text);
  }
  return text === undefined ? EXIT.bad : EXIT.fine;
}

export const command: Command = {
  name: "port",
  summary: "say profiles in the words of an older release, and what is lost there",
  paths: "all",
  isSlow: true,
  usage: "--to RELEASE [OPTION]... FILE",
  examples: [["armorer port --to 3.0 ./usr.bin.shop >shop-3.0", "the profile for Debian 12, and what it loses there"]],
  options: [
    {
      key: "to",
      long: "to",
      type: oneOf("RELEASE", RELEASES),
      about: "the release of apparmor_parser that shall read it: 3.0, 4.0, 4.1 or 5.0",
    },
    ...questionOptions,
  ],
  details:
    "The text is printed, what becomes of each rule is said on standard error. Included files are those of the older release,\n" +
    "and are not touched. Exit status: 0 the text is printed; 1 something has no words there, or FILE cannot be read; 2 wrong\n" +
    "usage.",
  run,
};
