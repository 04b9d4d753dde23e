/**
 * Citations of the specification, and file names in documents: where they stand, and whether what they name is there.
 *
 * A citation is the name of a document of docs/spec and what is meant in it: `compile-semantics 4.5`, `kernel-abi 7.1-7.5, 8.2`,
 * `compile-semantics D19`. There is one form, so that every citation can be found; others that come to mind are faults.
 */

/** What may be cited of a document. */
interface Law {
  /** Numbers of sections, and rows of numbered tables: `4.5`, `D19`. */
  readonly places: ReadonlySet<string>;
}

export type Laws = ReadonlyMap<string, Law>;

interface Citation {
  readonly document: string;
  readonly place: string;
}

/** A section number, or a row of a table of defects. */
const PLACE = String.raw`(?:\d+(?:\.\d+)*|[CD]\d+)`;
const RANGE = String.raw`${PLACE}(?:-${PLACE})?`;

/** The places of a document: its numbered headings and the first cells of its numbered rows. */
export function lawOf(text: string): Law {
  const prose = text.replaceAll(/^```.*?^```/gms, "");
  const headings = [...prose.matchAll(/^#{2,4} (\d+(?:\.\d+)*)\.? /gm)].map(([, number = ""]) => number);
  const rows = [...prose.matchAll(/^\| ([CD]\d+) \|/gm)].map(([, row = ""]) => row);
  return { places: new Set([...headings, ...rows]) };
}

/** Comments as one line: a citation may be broken across two. */
function flat(text: string): string {
  return text.replaceAll(/\n[ \t]*(?:\*(?!\/)|\/\/|>)?[ \t]*/g, " ");
}

function citationPattern(documents: Iterable<string>): RegExp {
  return new RegExp(String.raw`(?<![\w/-])(${[...documents].join("|")}) (${RANGE}(?:, ${RANGE})*)(?!\w)`, "g");
}

/** Every citation of a text, ranges by both their ends. */
export function citationsIn(text: string, documents: Iterable<string>): readonly Citation[] {
  return [...flat(text).matchAll(citationPattern(documents))].flatMap(([, document = "", list = ""]) =>
    list.split(/, |-/).map((place) => ({ document, place })),
  );
}

/** Stands where a citation was. */
const CITED = "\u2713";

/** What looks like a citation, where no citation is, and cannot be followed. `tools` and `clients` are also words of every day. */
const loose: readonly (readonly [RegExp, string])[] = [
  [
    /(?<![\w/-])(?:policy-language|compile-semantics|kernel-abi|audit-events|confinement-api)(?!-?\w|\.(?:json|md))/g,
    "no place",
  ],
  [
    /\b(?:policy|compile|kernel|audit|confinement)- (?:language|semantics|abi|events|api)\b/g,
    "a name broken at its hyphen",
  ],
  [
    /(?<!\/)\b(?:tools|clients|policy-language|compile-semantics|kernel-abi|audit-events|confinement-api)\.md\b/g,
    "a file's name",
  ],
  [/(?:§|\b(?:[Ss]ections?|[Cc]hapters?)) ?\d+(?:\.\d+)*/g, "no document"],
  [/\b[CD]\d{1,2}\b/g, "a row without its document"],
  [/\u2713(?: (?:and|or|to) |[–/;] ?)[CD]?\d+(?:\.\d+)*/g, "a list in another form"],
];

/** What is wrong with the citations of a text. */
export function citationFaults(text: string, laws: Laws): readonly string[] {
  const dangling = citationsIn(text, laws.keys())
    .filter(({ document, place }) => laws.get(document)?.places.has(place) !== true)
    .map(({ document, place }) => `${document} ${place}: no such place`);
  const rest = flat(text).replaceAll(citationPattern(laws.keys()), CITED);
  const unclear = loose.flatMap(([pattern, what]) => [...rest.matchAll(pattern)].map(([found]) => `${found}: ${what}`));
  return [...dangling, ...unclear];
}

/** References of a document of docs/spec to itself: `section 6.7`, `chapter 4`, `§5.2`. */
export function ownFaults(text: string, law: Law): readonly string[] {
  return [...flat(text).matchAll(/(?:§|\b(?:[Ss]ection|[Cc]hapter|ch\.) )(\d+(?:\.\d+)*)/g)]
    .filter(([, place = ""]) => !law.places.has(place))
    .map(([found]) => `${found}: no such place`);
}

const EXTENSIONS = "ts|mjs|js|json|jsonl|md|wasm";
const ROOMS = "src|tests|lab|bench|scripts|docs|policy|bin";
/** What a build makes; it need not be there. */
const MADE = /^(?:build|dist|node_modules)(?:\/|$)/;

/** Names of files and folders that a document mentions: targets of links, and names of files of ours between backticks. */
export function fileNamesIn(text: string): readonly string[] {
  const prose = text.replaceAll(/^```.*?^```/gms, "");
  const links = [...prose.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target = ""]) => target);
  const name = new RegExp(
    String.raw`^(?:[\w@.-]+\/)*[\w@-][\w@.-]*\.(?:${EXTENSIONS})$|^(?:${ROOMS})(?:\/[\w@.-]+)+\/?$`,
  );
  const quoted = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, word = ""]) => word).filter((word) => name.test(word));
  return [...links, ...quoted].filter((word) => !/^[a-z]+:/.test(word) && !MADE.test(word));
}

/** Names of sources and documents that the comments of a source mention. A glob such as `*.test.ts` names no file. */
export function fileNamesInComments(text: string): readonly string[] {
  const comments = text.match(/\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm) ?? [];
  const name = /(?<![\w/.*<>@-])(?:[\w.-]+\/)*[\w-]+(?:\.test)?\.(?:ts|mjs|md)\b/g;
  return comments.flatMap((comment) => comment.match(name) ?? []).filter((found) => !MADE.test(found));
}

/** Whether a name is that of a file or folder: from the root, from the document's own folder, or the end of a path; without its ending. */
export function isKnownName(name: string, folder: string, paths: ReadonlySet<string>): boolean {
  const wanted = name.replace(/\/$/, "").replace(/^\.\//, "");
  const near = new URL(name, `file:///${folder}/`).pathname.slice(1).replace(/\/$/, "");
  const whole = ["", ".ts", ".test.ts"].some((ending) => paths.has(wanted + ending) || paths.has(near + ending));
  return whole || [...paths].some((path) => path.endsWith(`/${wanted}`));
}
