import { type FormattedText, loadFormatter } from "../../app/index.ts";
import { displayText, encodeBytes, unifiedDiff } from "../../foundation/text/index.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { fileRefusalText } from "../errno-texts.ts";
import { type NamedText, readInputs } from "./policy-options.ts";

interface Result extends FormattedText {
  readonly path: string;
  readonly changed: boolean;
  /** Why it was not written. */
  readonly refusal: string | undefined;
}

function write(input: NamedText, formatted: FormattedText, call: Invocation): string | undefined {
  if (input.path === "stdin") {
    if (!call.has("check") && !call.has("diff") && !call.json) call.io.verbatim(formatted.after);
    return undefined;
  }
  if (call.has("check") || call.has("diff") || formatted.before === formatted.after) return undefined;
  const written = call.io.files.write(input.path, encodeBytes(formatted.after), { expected: input.bytes });
  return written.ok ? undefined : fileRefusalText(written.error);
}

function report(results: readonly Result[], refusals: readonly string[], call: Invocation): void {
  const { io } = call;
  if (call.json) {
    const files = results.map(({ path, changed, broken, refusal }) => ({
      path,
      changed,
      broken,
      refusal: refusal ?? null,
    }));
    printJson(io, "armorer/fmt/1", { files, refusals });
    return;
  }
  for (const { path, changed, before, after, broken, refusal } of results) {
    const name = displayText(path);
    if (call.has("diff")) io.verbatim(unifiedDiff(before, after, { oldName: path, newName: path }));
    else if (changed && call.has("check")) io.out(`${name}\n`);
    if (broken) io.err(`${name}: what cannot be read was left as it is\n`);
    if (refusal !== undefined) io.err(`armorer fmt: ${name}: ${refusal}\n`);
  }
}

async function run(call: Invocation): Promise<number> {
  if (call.operands.length === 0) return usageError(call.io, "fmt", "no file is named; `-` is standard input");
  const format = await loadFormatter();
  const { texts, refusals } = readInputs(call);
  for (const refusal of refusals) call.io.err(`armorer fmt: ${displayText(refusal)}\n`);
  const options = { sort: call.has("sort"), modernizeIncludes: call.has("modernize") };
  const results = texts.map((input): Result => {
    const formatted = format(input.path, input.bytes, options);
    const changed = formatted.before !== formatted.after;
    return { ...formatted, path: input.path, changed, refusal: write(input, formatted, call) };
  });
  report(results, refusals, call);
  const failed = refusals.length > 0 || results.some(({ refusal }) => refusal !== undefined);
  const dirty = call.has("check") && results.some(({ changed }) => changed);
  return failed || dirty ? EXIT.bad : EXIT.fine;
}

export const command: Command = {
  name: "fmt",
  summary: "lay out profiles in one style",
  usage: "[OPTION]... FILE|DIR...",
  options: [
    { key: "check", long: "check", about: "write nothing; name the files that would change, and exit with 1" },
    { key: "diff", long: "diff", short: "d", about: "write nothing; print what would change" },
    { key: "sort", long: "sort", about: "sort rules that stand together" },
    { key: "modernize", long: "modernize", about: "write `#include` as `include`" },
  ],
  details:
    "`-` formats standard input to standard output. Comments stay where they are; a formatted text means what it meant.",
  run,
};
