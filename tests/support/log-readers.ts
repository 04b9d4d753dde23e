/** Debian's own parser of log lines, libapparmor's, asked through Python. */
import assert from "node:assert/strict";
import { openLogReaders, renderLabProblem } from "../../lab/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";

/** The fields that a record has; numbers as they are, texts as Python gives them. */
export type ForeignRecord = Readonly<Record<string, string | number>>;

/**
 * Every field of a record that is set, a line for each line. Records are black boxes: whatever attributes they have are printed. To standard
 * error: to standard output the library itself writes characters that its scanner knows no rule for.
 */
const PROGRAM = `
import sys, json
from LibAppArmor import parse_record, free_record
names = None
for line in sys.stdin.buffer.read().split(b"\\n"):
    record = parse_record(line.decode("utf-8", "surrogateescape"))
    if record is None:
        print("null", file=sys.stderr)
        continue
    if names is None:
        names = [n for n in dir(record) if not n.startswith("__") and n not in ("this", "thisown")]
    fields = {}
    for name in names:
        value = getattr(record, name)
        if value is not None and not callable(value):
            fields["rule_class" if name == "_class" else name] = value
    print(json.dumps(fields, default=str), file=sys.stderr)
    free_record(record)
`;

/** Asks the parser about lines; a line must not hold a line feed or a NUL. */
export async function parseForeign(lines: readonly string[]): Promise<readonly (ForeignRecord | null)[]> {
  const readers = await openLogReaders();
  if (!readers.ok) assert.fail(renderLabProblem(readers.error));
  const stdin = encodeBytes(lines.join("\n"));
  const { status, stderr } = await readers.value.run(["python3", "-c", PROGRAM], { stdin, timeoutMs: 600_000 });
  assert.equal(status, 0, stderr);
  const records = stderr
    .split("\n")
    .filter((text) => text !== "")
    .map((text): ForeignRecord | null => JSON.parse(text));
  assert.equal(records.length, lines.length);
  return records;
}
