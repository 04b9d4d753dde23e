/**
 * GNU `getopt_long` again: operands and options in any order, bundled short options, values in the same element of argv or the next,
 * glued optional values, unambiguous abbreviations, `--`, and the texts glibc prints. Differs in one thing: it returns all that
 * it found, errors included and in order, and leaves it to the caller where to stop.
 *
 * Source: clients 2; tested against getopt(1) of util-linux in tests/differential/getopt.test.ts.
 */

/** One long option, one short option, or both. Entries that share a `key` are the same option under several names. */
export interface OptionSpec<Key extends string> {
  readonly key: Key;
  readonly long?: string;
  readonly short?: string;
  /** Default `nothing`. An optional value must be glued: `-c9`, `--help=warn`. */
  readonly value?: "nothing" | "required" | "optional";
}

export type OptionEvent<Key extends string> =
  | { readonly kind: "option"; readonly key: Key; readonly value: string | undefined; readonly as: string }
  | { readonly kind: "operand"; readonly value: string }
  /** The text has no program name in front; `unknown` is the name of a long option that there is not. */
  | { readonly kind: "error"; readonly text: string; readonly unknown?: string };

interface GetoptSettings {
  /** `first-operand`: what follows the first operand is not looked at (a `+` before glibc's short options, POSIXLY_CORRECT). */
  readonly stopAt?: "end" | "first-operand";
}

/** What argv says, in the order in which `getopt_long` would report it: options first, then the operands. */
export function scanOptions<Key extends string>(
  specs: readonly OptionSpec<Key>[],
  argv: readonly string[],
  settings: GetoptSettings = {},
): OptionEvent<Key>[] {
  const { events, operands } = walk(specs, argv, settings);
  return [...events, ...operands.map((value) => ({ kind: "operand", value }) as const)];
}

/** argv in the order in which `getopt_long` leaves it, for a second pass: operands last. */
export function permuteArgv<Key extends string>(
  specs: readonly OptionSpec<Key>[],
  argv: readonly string[],
  settings: GetoptSettings = {},
): readonly string[] {
  const { operands, taken } = walk(specs, argv, settings);
  return [...taken, ...operands];
}

interface Walk<Key extends string> {
  readonly events: OptionEvent<Key>[];
  readonly operands: readonly string[];
  /** What is not an operand. */
  readonly taken: readonly string[];
}

function walk<Key extends string>(
  specs: readonly OptionSpec<Key>[],
  argv: readonly string[],
  settings: GetoptSettings,
): Walk<Key> {
  const events: OptionEvent<Key>[] = [];
  const operands: string[] = [];
  const taken: string[] = [];
  let at = 0;
  while (at < argv.length) {
    const start = at;
    const arg = argv[at] ?? "";
    at += 1;
    if (arg.startsWith("--") && arg !== "--") at += scanLong(specs, arg.slice(2), argv[at], events);
    else if (arg.startsWith("-") && arg.length > 1 && arg !== "--") {
      at += scanBundle(specs, arg.slice(1), argv[at], events);
    } else if (arg !== "--") {
      operands.push(arg);
      if (settings.stopAt === "first-operand") break;
      continue;
    }
    taken.push(...argv.slice(start, at));
    if (arg === "--") break;
  }
  operands.push(...argv.slice(at));
  return { events, operands, taken };
}

/** The number of further elements it took. */
function scanLong<Key extends string>(
  specs: readonly OptionSpec<Key>[],
  text: string,
  next: string | undefined,
  events: OptionEvent<Key>[],
): 0 | 1 {
  const equals = text.indexOf("=");
  const name = equals < 0 ? text : text.slice(0, equals);
  const glued = equals < 0 ? undefined : text.slice(equals + 1);
  const found = findLong(specs, name);
  if (found.length !== 1) {
    const names = found.map((spec) => ` '--${spec.long}'`).join("");
    const message =
      found.length === 0
        ? `unrecognized option '--${text}'`
        : `option '--${text}' is ambiguous; possibilities:${names}`;
    events.push({ kind: "error", text: message, ...(found.length === 0 && { unknown: name }) });
    return 0;
  }
  const [spec] = found;
  const as = `--${spec?.long}`;
  if (spec === undefined) return 0;
  const takes = spec.value ?? "nothing";
  if (glued !== undefined) {
    if (takes === "nothing") events.push({ kind: "error", text: `option '${as}' doesn't allow an argument` });
    else events.push({ kind: "option", key: spec.key, value: glued, as });
    return 0;
  }
  if (takes !== "required") events.push({ kind: "option", key: spec.key, value: undefined, as });
  else if (next === undefined) events.push({ kind: "error", text: `option '${as}' requires an argument` });
  else {
    events.push({ kind: "option", key: spec.key, value: next, as });
    return 1;
  }
  return 0;
}

/** The option of that name; else those it abbreviates, one if they are all the same option, else each but the first's synonyms. */
function findLong<Key extends string>(specs: readonly OptionSpec<Key>[], name: string): readonly OptionSpec<Key>[] {
  const exact = specs.find((spec) => spec.long === name);
  if (exact !== undefined) return [exact];
  const [first, ...others] = specs.filter((spec) => spec.long?.startsWith(name) === true);
  if (first === undefined) return [];
  const different = others.filter((spec) => spec.key !== first.key || (spec.value ?? "") !== (first.value ?? ""));
  return [first, ...different];
}

/** The number of further elements it took. */
function scanBundle<Key extends string>(
  specs: readonly OptionSpec<Key>[],
  bundle: string,
  next: string | undefined,
  events: OptionEvent<Key>[],
): 0 | 1 {
  const letters = Array.from(bundle);
  for (const [index, letter] of letters.entries()) {
    const spec = specs.find((candidate) => candidate.short === letter);
    if (spec === undefined) {
      events.push({ kind: "error", text: `invalid option -- '${letter}'` });
      continue;
    }
    const takes = spec.value ?? "nothing";
    const glued = letters.slice(index + 1).join("");
    const as = `-${letter}`;
    if (takes === "nothing") events.push({ kind: "option", key: spec.key, value: undefined, as });
    else if (glued !== "") {
      events.push({ kind: "option", key: spec.key, value: glued, as });
      return 0;
    } else if (takes === "optional") events.push({ kind: "option", key: spec.key, value: undefined, as });
    else if (next === undefined) events.push({ kind: "error", text: `option requires an argument -- '${letter}'` });
    else {
      events.push({ kind: "option", key: spec.key, value: next, as });
      return 1;
    }
  }
  return 0;
}
