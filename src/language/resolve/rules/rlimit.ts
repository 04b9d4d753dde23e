/**
 * A limit takes a number in the unit of its kind (time, bytes, a count, nice), or `infinity`; numbers are read as C's `strtoll` reads them
 * (policy-language 2.6.11).
 */
import { sentence } from "../../../foundation/diagnostics/index.ts";
import type { RlimitRule } from "../../model/index.ts";
import type { RlimitNode } from "../../syntax/index.ts";
import {
  nearestWord,
  type Rlimit,
  rlimitByName,
  rlimitInfinity,
  rlimits,
  sizeUnits,
  timeUnits,
} from "../../tables/index.ts";
import { didYouMean } from "../report.ts";
import { originOf, reportAt, type RuleContext } from "./context.ts";

const SECOND = 1_000_000n;
const LARGEST = 2n ** 63n - 1n;

export function checkRlimit(node: RlimitNode, context: RuleContext): RlimitRule | undefined {
  const limit = rlimitByName(node.name.value);
  if (limit === undefined) {
    const help = didYouMean(
      nearestWord(
        node.name.value.replace(/^rlimit_/i, ""),
        rlimits.map(({ name }) => name),
      ),
    );
    const message = sentence`unknown resource limit ${{ limit: node.name.value }}`;
    reportAt(context, "resolve/rlimit-unknown", node.name.span, message, { help });
    return undefined;
  }
  const value = node.value.value === "infinity" ? rlimitInfinity : valueOf(node, limit, context);
  if (value === undefined) return undefined;
  return { kind: "rlimit", origin: originOf(node, context), resource: limit.number, value };
}

function valueOf(node: RlimitNode, limit: Rlimit, context: RuleContext): bigint | undefined {
  const number = readNumber(node.value.text);
  const invalid = (): undefined => {
    const unit = node.unit === undefined ? "" : ` ${node.unit.value}`;
    const message = sentence`${{ value: `${node.value.text}${unit}` }} is not a valid value for the limit ${{ limit: limit.name }}`;
    reportAt(context, "resolve/rlimit-value", node.value.span, message);
  };
  switch (limit.unit) {
    case "count":
      return node.unit !== undefined || number < 0n ? invalid() : number;
    case "bytes": {
      const unit = node.unit === undefined ? 1n : sizeUnits.get(node.unit.value);
      if (unit === undefined || number < 0n) return invalid();
      // ORACLE 5.0.2: the product is not checked.
      return BigInt.asUintN(64, number * unit);
    }
    case "nice": {
      if (node.unit !== undefined) return invalid();
      if (number >= -20n && number <= 19n) return number + 20n;
      reportAt(
        context,
        "resolve/rlimit-nice",
        node.value.span,
        sentence`the nice limit ${{ value: node.value.text }} is out of range`,
      );
      return undefined;
    }
    case "seconds":
    case "microseconds":
      return timeOf(node, limit, number, context) ?? invalid();
  }
}

function timeOf(node: RlimitNode, limit: Rlimit, number: bigint, context: RuleContext): bigint | undefined {
  const seconds = limit.unit === "seconds";
  if (node.unit === undefined) {
    const message = sentence`the limit ${{ limit: limit.name }} has no unit, ${limit.unit} are meant`;
    reportAt(context, "resolve/rlimit-unit", node.value.span, message);
  }
  const unit = node.unit === undefined ? (seconds ? SECOND : 1n) : timeUnits.get(node.unit.value);
  if (unit === undefined || number < 0n || number > LARGEST / unit) return undefined;
  const time = number * unit;
  if (!seconds) return time;
  if (node.unit !== undefined && time < SECOND) {
    reportAt(context, "resolve/rlimit-minimum", node.value.span, "the limit of cpu time is below a second");
  }
  return time / SECOND;
}

/** As C's `strtoll` reads digits with base 0. ORACLE 5.0.2: `08` is 0, huge numbers are the largest one. */
function readNumber(text: string): bigint {
  const negative = text.startsWith("-");
  const digits = negative ? text.slice(1) : text;
  const octal = /^0([0-7]*)/.exec(digits);
  const magnitude = octal === null ? BigInt(digits) : BigInt(octal[1] === "" ? "0" : `0o${octal[1] ?? ""}`);
  if (magnitude > LARGEST) return negative ? -LARGEST - 1n : LARGEST;
  return negative ? -magnitude : magnitude;
}
