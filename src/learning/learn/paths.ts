/**
 * Patterns that stand for a path and others like it. Each step looks at one kind of name that changes from run to run, user to
 * user or machine to machine. A step is *needed* where the name will never come again (a pid, a random name), *advised* where
 * a variable says what is meant, and otherwise only *possible*.
 */
import { literalPattern } from "../../language/edit/index.ts";

export interface PathPattern {
  readonly pattern: string;
  readonly kind: "exact" | "variable" | "glob";
  readonly reason: string;
}

/** The patterns of a path: what to propose first, and the rest in the order of how much they open. */
export interface PathChoices {
  readonly recommended: PathPattern;
  readonly others: readonly PathPattern[];
}

/** What the log shows of the use of a path. */
export interface PathEvidence {
  /** Numbers of processes that used it. */
  readonly pids?: ReadonlySet<number>;
  /** It was made, and deleted or renamed, in the same log. */
  readonly isTransient?: boolean;
  /** A file of the name in front of its last six letters was used as well, which it was then renamed to, or made for (`besideOf`). */
  readonly isBeside?: boolean;
  /** Directories that were, without the slash at their end: what is shown of a directory counts for all below it. */
  readonly transientDirectories?: ReadonlySet<string>;
  /** Directories of files that are named after hashes, by their first digits (`fanOutsOf`). */
  readonly fanOuts?: ReadonlySet<string>;
}

/** A piece of a path and what a step made of it. */
interface Piece {
  readonly text: string;
  readonly pattern: string;
}

/** No file system of Linux has longer names (limits.h); the expressions below take time by the square of the length. */
const NAME_MAX = 255;

interface Step {
  readonly weight: "needed" | "advised" | "possible";
  readonly reason: string;
  readonly apply: (pieces: readonly Piece[], has: (variable: string) => boolean) => readonly Piece[] | undefined;
}

function variable(has: (name: string) => boolean, name: string, glob: string): string {
  return has(name) ? `@{${name}}` : glob;
}

/** Changes the pieces a step picks, of those no step has changed; `undefined` when it picks none. */
function change(
  pieces: readonly Piece[],
  pick: (piece: Piece, at: number) => string | undefined,
): readonly Piece[] | undefined {
  const changed = pieces.map((piece, at) => {
    const fresh = piece.text.length <= NAME_MAX && piece.pattern === literalPattern(piece.text);
    return { text: piece.text, pattern: (fresh ? pick(piece, at) : undefined) ?? piece.pattern };
  });
  return changed.some((piece, at) => piece.pattern !== pieces[at]?.pattern) ? changed : undefined;
}

const DIGITS = /^\d+$/;
const HEX = /^(?=.*\d)(?=.*[a-f])[0-9a-f]{8,}$|^[0-9a-f]{32,}$/;
/** In either case, and as a part of a name: `session-1b4e28ba-….conf`. */
const UUID =
  /(?<![0-9A-Za-z])([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12})(?![0-9A-Za-z])/;
/** `0000:00:1e.0`: domain, bus, slot and function of a PCI device. */
const PCI = /(?<![0-9a-f])[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7](?![0-9a-f])/;
const PCI_BUS = /^pci[0-9a-f]{4,8}:[0-9a-f]{2}$/;
/** `8:0`, `c10:1`: a device by its numbers. */
const DEVICE_NUMBERS = /^([bc]?)\d+:\d+$/;
/** `tmp.Xy12Zq`, `fooAb3dEf`: letters of both cases mixed with digits at the end of a name. */
const RANDOM_TAIL = /^(.*?[._-]?)(?=[A-Za-z0-9]*[a-z])(?=[A-Za-z0-9]*[A-Z0-9])([A-Za-z0-9]{6,12})$/;

/** `made.09HAUNHSMH`: the same without a small letter, where capitals and digits change more than once. */
const CAPITALS_TAIL = /^(.+[._-])(?=[A-Z0-9]*?(?:[A-Z]\d+[A-Z]|\d[A-Z]+\d))[A-Z0-9]{8,12}$/;

function startsWith(pieces: readonly Piece[], ...names: readonly string[]): boolean {
  return names.every((name, at) => pieces[at]?.text === name);
}

function isTemporary(pieces: readonly Piece[]): boolean {
  return startsWith(pieces, "tmp") || startsWith(pieces, "var", "tmp") || startsWith(pieces, "dev", "shm");
}

function isRandom(text: string): boolean {
  const tail = RANDOM_TAIL.exec(text)?.[2];
  if (tail === undefined) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(tail)).length;
  const inner = tail.slice(1);
  return kinds === 3 || (kinds === 2 && /[A-Z]/.test(inner) && /[a-z]/.test(inner)) || /\d[a-z]+\d/.test(tail);
}

/** `app.ini.Ab3xYz`: what a program writes before it renames. Outside of temporary directories a name must be plainer random. */
const RANDOM_SUFFIX = /^(.+[._-])(?:[A-Za-z0-9]{6}|[A-Za-z0-9]{8}|[A-Za-z0-9]{10})$/;

/** `tmp5k_3vq1x`, or the eight letters alone: what Python's `tempfile` makes up, in small letters, digits and underscores. */
const PYTHON_NAME = /^(tmp)?([a-z0-9_]{8})$/;

function pythonName(text: string): string | undefined {
  const [, prefix, tail = ""] = PYTHON_NAME.exec(text) ?? [];
  return prefix !== undefined && /[a-z]/.test(tail) && /[\d_]/.test(tail) ? `${prefix}????????` : undefined;
}

function randomName(text: string, temporary: boolean): string | undefined {
  const python = pythonName(text);
  if (python !== undefined) return python;
  if (temporary) {
    const own = isRandom(text) ? RANDOM_TAIL.exec(text)?.[1] : CAPITALS_TAIL.exec(text)?.[1];
    return own === undefined ? undefined : `${literalPattern(own)}*`;
  }
  const stem = RANDOM_SUFFIX.exec(text)?.[1];
  const tail = stem === undefined ? "" : text.slice(stem.length);
  const mixed = /[a-z]/.test(tail) && /[A-Z]/.test(tail.slice(1)) && /\d/.test(tail);
  return stem === undefined || !mixed ? undefined : `${literalPattern(stem)}*`;
}

const STEPS: readonly Step[] = [
  {
    weight: "needed",
    reason: "process numbers differ from run to run",
    apply: (pieces, has) => {
      if (!startsWith(pieces, "proc")) return undefined;
      return change(pieces, ({ text }, at) => {
        if (!DIGITS.test(text)) return undefined;
        if (at === 1) return variable(has, "pid", "[0-9]*");
        return at === 3 && pieces[2]?.text === "task" ? variable(has, "tid", "[0-9]*") : undefined;
      });
    },
  },
  {
    weight: "needed",
    reason: "user numbers differ from user to user",
    apply: (pieces, has) =>
      startsWith(pieces, "run", "user")
        ? change(pieces, ({ text }, at) => (at === 2 && DIGITS.test(text) ? variable(has, "uid", "[0-9]*") : undefined))
        : undefined,
  },
  {
    weight: "needed",
    reason: "terminals are numbered as they are opened",
    apply: (pieces) =>
      startsWith(pieces, "dev", "pts")
        ? change(pieces, ({ text }, at) => (at === 2 && DIGITS.test(text) ? "[0-9]*" : undefined))
        : undefined,
  },
  {
    weight: "needed",
    reason: "the name holds a UUID",
    apply: (pieces) =>
      change(pieces, ({ text }) =>
        replaced(text, UUID, (uuid) =>
          /[A-F]/.test(uuid) ? Array(5).fill("[0-9A-F]*").join("-") : Array(5).fill("[0-9a-f]*").join("-"),
        ),
      ),
  },
  {
    weight: "needed",
    reason: "the name is a hexadecimal number",
    apply: (pieces) => change(pieces, ({ text }) => hexName(text)),
  },
  {
    weight: "needed",
    reason: "the name was generated at random",
    apply: (pieces) => {
      const temporary = isTemporary(pieces);
      return change(pieces, ({ text }, at) => (at === 0 ? undefined : randomName(text, temporary)));
    },
  },
  {
    weight: "advised",
    reason: "devices have other addresses on other machines",
    apply: (pieces) => {
      if (!startsWith(pieces, "sys") && !startsWith(pieces, "run", "udev") && !startsWith(pieces, "proc"))
        return undefined;
      return change(pieces, ({ text }) => devicePattern(text));
    },
  },
  {
    weight: "advised",
    reason: "the same file in every user's home",
    apply: (pieces, has) => {
      if (startsWith(pieces, "home") && pieces.length > 2) {
        if (!has("HOME")) return change(pieces, (_, at) => (at === 1 ? "*" : undefined));
        return [{ text: "", pattern: "@{HOME}" }, ...pieces.slice(2)];
      }
      const root = startsWith(pieces, "root") && pieces.length > 1 && has("HOME");
      return root ? [{ text: "", pattern: "@{HOME}" }, ...pieces.slice(1)] : undefined;
    },
  },
  {
    weight: "advised",
    reason: "the directory is named after the machine's architecture",
    apply: (pieces, has) =>
      change(pieces, ({ text }) =>
        /^[a-z0-9_]+-linux-(?:gnu|musl)[a-z0-9]*$/.test(text) ? variable(has, "multiarch", "*-linux-gnu*") : undefined,
      ),
  },
  {
    weight: "advised",
    reason: "the next version of what is installed is named otherwise",
    apply: (pieces) =>
      isInstalled(pieces) ? change(pieces, ({ text }, at) => versioned(text, at < pieces.length - 1)) : undefined,
  },
  {
    weight: "possible",
    reason: "any version of the library",
    apply: (pieces) =>
      changeLast(
        pieces,
        /^(lib.+?\.so|ld-linux.*?\.so|.+?\.so)\.[0-9.]+$/,
        (stem) => `${stem}*`,
        /^(lib.+?)-[0-9.]+\.so$/,
      ),
  },
  {
    weight: "possible",
    reason: "any number in its place",
    apply: (pieces) => change(pieces, ({ text, pattern }) => (pattern.includes("[0-9]") ? undefined : numbered(text))),
  },
];

/** Where packages put what programs read; nobody else makes directories there. */
function isInstalled(pieces: readonly Piece[]): boolean {
  const own = pieces[0]?.text === "usr" ? pieces.slice(pieces[1]?.text === "local" ? 2 : 1) : pieces;
  return startsWith(own, "lib") || startsWith(own, "share");
}

/** `python3.11/`, `5.36.0/`: a directory for each version; `os.cpython-311.pyc`: a file for each version of Python. */
function versioned(text: string, isDirectory: boolean): string | undefined {
  if (!isDirectory) return replaced(text, /(?<=\.cpython-)\d+/, () => "[0-9]*");
  return replaced(text, /(?<=^(?:.*[^\d.])?\d+\.)\d+(?:\.\d+)*$/, () => "[0-9]*");
}

/** A name with what the expression finds in it replaced; `undefined` where it finds nothing. */
function replaced(text: string, found: RegExp, make: (match: string) => string): string | undefined {
  const match = found.exec(text);
  if (match === null) return undefined;
  const end = match.index + match[0].length;
  return `${literalPattern(text.slice(0, match.index))}${make(match[0])}${literalPattern(text.slice(end))}`;
}

function devicePattern(text: string): string | undefined {
  if (PCI_BUS.test(text)) return "pci[0-9a-f]*:[0-9a-f]*";
  const numbers = DEVICE_NUMBERS.exec(text);
  if (numbers !== null) return `${numbers[1]}[0-9]*:[0-9]*`;
  return replaced(text, PCI, () => "[0-9a-f]*:[0-9a-f]*:[0-9a-f]*.[0-7]");
}

/** A name with those of its numbers replaced that are meant; `undefined` where there are none. Digits count that stand by themselves. */
function withoutNumbers(text: string, isMeant: (digits: string) => boolean): string | undefined {
  const parts = text.split(/(\d+)/);
  const own = parts.map((part, at) => at % 2 === 1 && isMeant(part));
  if (!own.includes(true)) return undefined;
  return parts.map((part, at) => (own[at] === true ? "[0-9]*" : literalPattern(part))).join("");
}

/** A number that is the program's own in this run, also in front of a hash. Short ones are in too many names by chance. */
function withoutPids(text: string, pids: ReadonlySet<number>): string | undefined {
  const isOwn = (digits: string): boolean => /^[1-9]\d{2,}$/.test(digits) && pids.has(Number(digits));
  const hashed = hexTail(text);
  if (hashed === undefined) return withoutNumbers(text, isOwn);
  const stem = withoutNumbers(hashed.stem, isOwn);
  return stem === undefined ? undefined : `${stem}[0-9a-f]*${hashed.rest}`;
}

const MADE_UP = "??????";

/** The file that one is written beside, as many programs replace files: `packs_9MZsTB`, and `packs`; `undefined`: by its name it is none. */
export function besideOf(path: string): string | undefined {
  return /^(.*[^/])[._-][A-Za-z0-9]{6}$/.exec(path)?.[1];
}

/**
 * `sedHK29Dl`: six letters and digits as mkstemp makes them up, behind what the program calls its files; where that looks made up as well, it
 * is. The next name is as long.
 */
function madeUp(text: string, temporary: boolean, isBeside: boolean): string | undefined {
  if (isBeside) return `${literalPattern(text.slice(0, -MADE_UP.length))}${MADE_UP}`;
  const [, prefix = "", tail = ""] = PYTHON_NAME.exec(text) ?? [];
  // Some have letters alone; in a directory for such files that is enough.
  if (prefix !== "" || isMixed(tail) || (temporary && tail !== "")) return `${prefix}????????`;
  // What says by itself that it is temporary may look like a word behind that.
  const said = /^(.*(?:^|[._-])(?:tmp|temp)(?:[._-].*)?[._-]|\..+[._-])[A-Za-z0-9]{6}$/.exec(text)?.[1];
  if (said !== undefined) return `${literalPattern(said)}??????`;
  // `node-abcdef` in a directory for such files, where mkdtemp and mktemp are given what is before the letters.
  const behind = temporary ? RANDOM_SUFFIX.exec(text)?.[1] : undefined;
  if (behind !== undefined) return `${literalPattern(behind)}${"?".repeat(text.length - behind.length)}`;
  // What programs of every system make up says by its beginning whose it is: `ln` and `mv`, `sed -i`, `sort`.
  const stem = /^(Cu|sed|sort)[A-Za-z0-9]{6}$/.exec(text)?.[1];
  if (stem !== undefined) return `${stem}??????`;
  // Letters alone, as many as Perl's `File::Temp` takes, with capitals among them.
  if (/^[A-Za-z0-9_]{10}$/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text.slice(1))) return "??????????";
  const run = /[A-Za-z0-9_]{6,}$/.exec(text)?.[0];
  if (run === undefined || text.includes(".so") || !isMixed(run.slice(-6))) return madeOfDigits(text);
  const length = isMixed(run.slice(0, -6)) ? run.length : 6;
  return `${literalPattern(text.slice(0, -length))}${"?".repeat(length)}`;
}

/** `x.pyc.140467031019392`, `temp-1732931231.db`: a number, a time or an address in memory, which the next run has otherwise. */
function madeOfDigits(text: string): string | undefined {
  return withoutNumbers(text, (digits) => digits.length >= 6);
}

/** Letters of both cases, or letters and digits; a capital alone in front is how names begin. */
function isMixed(text: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(text)).length;
  return kinds > 1 && !/^[A-Z][a-z]+$/.test(text);
}

function isHex(text: string): boolean {
  return /^[0-9a-f]{30,}$/.test(text);
}

/** `pack-b402bf01e6fe583c.idx`, `b402bf01e6fe583c.json`: a hexadecimal number at the end of a name, or in front of its extension. */
function hexTail(text: string): { readonly stem: string; readonly rest: string } | undefined {
  const [, stem = "", digits = "", rest = ""] = /^(.+[._-]|(?=[0-9a-f]+\.))([0-9a-f]{8,})(\.\w+)?$/.exec(text) ?? [];
  return HEX.test(digits) ? { stem, rest } : undefined;
}

function hexName(text: string): string | undefined {
  if (HEX.test(text)) return "[0-9a-f]*";
  const tail = hexTail(text);
  return tail === undefined ? undefined : `${literalPattern(tail.stem)}[0-9a-f]*${tail.rest}`;
}

function numbered(text: string): string | undefined {
  const match = /^(.*?\D)?(\d+)(\D.*)?$/.exec(text);
  if (match === null || /\.so/.test(text)) return undefined;
  return `${literalPattern(match[1] ?? "")}[0-9]*${literalPattern(match[3] ?? "")}`;
}

function changeLast(
  pieces: readonly Piece[],
  soname: RegExp,
  make: (stem: string) => string,
  dashed: RegExp,
): readonly Piece[] | undefined {
  return change(pieces, ({ text }, at) => {
    if (at !== pieces.length - 1) return undefined;
    const stem = soname.exec(text)?.[1];
    if (stem !== undefined) return make(literalPattern(stem));
    const base = dashed.exec(text)?.[1];
    return base === undefined ? undefined : `${literalPattern(base)}{-*,}.so*`;
  });
}

/** A path is split at slashes; a directory keeps an empty last piece. */
function split(path: string): readonly Piece[] {
  return path
    .slice(1)
    .split("/")
    .map((text) => ({ text, pattern: literalPattern(text) }));
}

function join(pieces: readonly Piece[]): string {
  const text = pieces.map((piece) => piece.pattern).join("/");
  return text.startsWith("@{HOME}") ? text : `/${text}`;
}

type ShownStep = readonly [make: (text: string, at: number) => string | undefined, reason: string];

/** The steps that what the log shows of the use of a path calls for. */
function shownSteps(
  path: string,
  {
    pids = new Set<number>(),
    isTransient = false,
    isBeside = false,
    transientDirectories = new Set<string>(),
    fanOuts = new Set<string>(),
  }: PathEvidence,
): readonly ShownStep[] {
  const pieces = split(path);
  const last = pieces.length - 1;
  const whole = path.endsWith("/") ? last - 1 : last;
  const directories = pieces.map((_, at) =>
    path
      .split("/")
      .slice(0, at + 1)
      .join("/"),
  );
  return [
    [(text, at) => (at === 0 ? undefined : withoutPids(text, pids)), "the name holds the number of the process itself"],
    [
      (text, at) => (/^[0-9a-f]{2}$/.test(text) && fanOuts.has(directories[at] ?? "") ? "[0-9a-f][0-9a-f]" : undefined),
      "the directory is named after the first digits of hashes",
    ],
    [
      (text, at) => (at === last && fanOuts.has(directories[at - 1] ?? "") && isHex(text) ? "[0-9a-f]*" : undefined),
      "the file is named after a hash",
    ],
    [
      (text, at) =>
        (isTransient && at === whole) || (at < last && transientDirectories.has(directories[at + 1] ?? ""))
          ? madeUp(text, isTemporary(pieces), isBeside && isTransient && at === whole)
          : undefined,
      "the file was made and gone again under a made-up name",
    ],
  ];
}

/**
 * The patterns worth proposing for a path.
 *
 * Shape: `path` is the plain text of a kernel path, the evidence what the log shows of its use; the patterns are values for a rule.
 * Cost: linear in the path.
 *
 * @example
 * choosePatterns("/proc/17/stat", new Set(["pid"])).recommended.pattern; // "/proc/@{pid}/stat"
 */
export function choosePatterns(path: string, variables: ReadonlySet<string>, evidence: PathEvidence = {}): PathChoices {
  const has = (name: string): boolean => variables.has(name);
  let pieces = split(path);
  const exact: PathPattern = { pattern: join(pieces), kind: "exact", reason: "exactly what the log shows" };
  const reasons: string[] = [];
  const others: PathPattern[] = [];
  const isProc = startsWith(pieces, "proc");
  for (const [make, reason] of isProc ? [] : shownSteps(path, evidence)) {
    const next = change(pieces, ({ text }, at) => make(text, at));
    if (next === undefined) continue;
    pieces = next;
    reasons.push(reason);
  }
  for (const step of STEPS) {
    const next = step.apply(pieces, has);
    if (next === undefined) continue;
    if (step.weight === "possible") others.push({ pattern: join(next), kind: "glob", reason: step.reason });
    else {
      pieces = next;
      reasons.push(step.reason);
    }
  }
  const pattern = join(pieces);
  const recommended: PathPattern =
    reasons.length === 0
      ? exact
      : { pattern, kind: pattern.includes("@{") ? "variable" : "glob", reason: reasons.join("; ") };
  if (reasons.length > 0) others.unshift(exact);
  return { recommended, others: [...others, ...directoryGlobs(pieces)] };
}

/** Directories too full of other things to be opened with a glob. */
const CROWDED = new Set(
  "/ /etc /bin /sbin /usr /usr/bin /usr/sbin /usr/lib /usr/share /lib /lib64 /home /home/* /root /dev /proc /sys /var /var/lib /var/log /run /tmp /var/tmp /opt /srv /boot @{HOME}".split(
    " ",
  ),
);

/** The directory of a pattern, without the last slash. */
export function directoryOf(pattern: string): string {
  return pattern.slice(0, Math.max(pattern.lastIndexOf("/"), 1));
}

/** Whether everything in a directory may be proposed at once. */
export function isCrowded(directory: string): boolean {
  return CROWDED.has(directory) || /^\/(?:proc|sys)\b/.test(directory) || !directory.slice(1).includes("/");
}

function directoryGlobs(pieces: readonly Piece[]): readonly PathPattern[] {
  const last = pieces.at(-1);
  if (last === undefined || last.text === "" || pieces.length < 2) return [];
  const directory = join(pieces.slice(0, -1));
  const extension = /\.[A-Za-z]\w{0,7}$/.exec(last.text)?.[0];
  const globs: PathPattern[] = [];
  if (extension !== undefined) {
    globs.push({
      pattern: `${directory}/*${extension}`,
      kind: "glob",
      reason: `every ${extension} file in the directory`,
    });
  }
  if (isCrowded(directory)) return globs;
  globs.push({ pattern: `${directory}/*`, kind: "glob", reason: "every file in the directory" });
  globs.push({ pattern: `${directory}/**`, kind: "glob", reason: "everything below the directory" });
  return globs;
}
