/** One command line through both parsers: what a client could notice of a difference. */
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Answer, runOurs } from "./run-ours.ts";
import type { CommandLine } from "./command-lines.ts";
import { describeTree, makeTree } from "./command-tree.ts";
import { compareStreams } from "./policy-equality.ts";
import { runDebians } from "./run-debians.ts";

export function renderCommandLine(line: CommandLine): string {
  const steps = line.steps.map(
    ({ argv, stdin }) =>
      `$ ${argv.map((word) => (/^[\w./=,-]+$/.test(word) ? word : JSON.stringify(word))).join(" ")}   < ${JSON.stringify(stdin)}`,
  );
  return [`conf: ${JSON.stringify(line.files["conf"])}`, ...steps].join("\n");
}

/** What differs, as lines to read; empty when nothing does. */
export async function compareCommandLine(line: CommandLine, root: string): Promise<string[]> {
  let found: string[] = [];
  // Debian's jobs write past each other, and which of two statuses is the last is a matter of luck.
  for (let attempt = 0; attempt < 4; attempt += 1) {
    found = await compareOnce(line, root);
    if (found.length === 0) return found;
  }
  return found;
}

async function compareOnce(line: CommandLine, root: string): Promise<string[]> {
  const ours = makeTree(tmpdir(), line.files);
  const theirs = makeTree(join(root, "tmp"), line.files);
  const inside = theirs.slice(root.replace(/\/+$/, "").length);
  try {
    for (const [index, { argv, stdin }] of line.steps.entries()) {
      const our = await runOurs(
        ours,
        argv.map((word) => word.replaceAll("{dir}", ours)),
        stdin,
      );
      const their = runDebians(
        root,
        inside,
        argv.map((word) => word.replaceAll("{dir}", inside)),
        stdin,
      );
      if (isChance(our, their, argv)) return [];
      const found = [
        ...compareAnswers(strip(our, ours), strip(their, inside), argv),
        ...(isRemoval(argv) ? [] : compareLists("files", describeTree(ours), describeTree(theirs))).filter(
          // A command line that is wrong leaves no output file; Debian's has made it by then, with nothing in it.
          (difference) => our.status === 0 || !/ only Debian's: \S+ \d+ ""$/.test(difference),
        ),
      ];
      if (found.length > 0) return [`step ${index + 1}`, ...found];
    }
    return [];
  } finally {
    rmSync(ours, { recursive: true });
    rmSync(theirs, { recursive: true });
  }
}

/** Where Debian's answer says nothing: it died, or it is one of several that come by chance. */
function isChance(our: Answer, their: Answer, argv: readonly string[]): boolean {
  // 10 is what is left of a job that was not waited for; a signal gives none.
  if (their.status < 0 || their.status === 10) return true;
  const bothFailed = our.status !== 0 && their.status !== 0;
  if (bothFailed && argv.some((word) => word.startsWith("--abort-on"))) return true;
  return (
    bothFailed &&
    /not found, skipping|error while loading/.test(their.err) &&
    /parser error|failed to load|bailing out/.test(their.err)
  );
}

function strip(answer: Answer, directory: string): Answer {
  return { ...answer, out: answer.out.replaceAll(directory, "{dir}"), err: answer.err.replaceAll(directory, "{dir}") };
}

function isRemoval(argv: readonly string[]): boolean {
  return argv.some((word) => /^-[a-zA-Z]*R|^--remo/.test(word));
}

function compareAnswers(our: Answer, their: Answer, argv: readonly string[]): string[] {
  const found: string[] = [];
  if (our.status !== their.status) found.push(`  status: ours ${our.status}, Debian's ${their.status}`);
  // A text that is wrong can be unloaded with ours: nothing is compiled for that.
  const removal = isRemoval(argv) && /ERROR (?:merging|processing)|not enforced/.test(their.err);
  const same = [
    ...compareOutput(our.out, their.out),
    ...compareLists("err", errLines(our.err), errLines(their.err)),
  ].filter((one) => our.status === 0 || !one.startsWith("  err only ours: AppArmor parser error"));
  if (removal) return [];
  if (found.length + same.length === 0) return [];
  return [...found, ...same, quote("ours ", our.err), quote("their", their.err)];
}

function quote(name: string, text: string): string {
  const lines = text.split("\n").slice(0, 12);
  return lines.map((line) => `      ${name}| ${line.slice(0, 200)}`).join("\n");
}

/** Every stream starts with its version; files of a directory come in no order. */
const HEADER = "\x04\x08\0version\0\x02";

function compareOutput(our: string, their: string): string[] {
  if (!our.includes(HEADER) || !their.includes(HEADER)) return compareLists("out", outLines(our), outLines(their));
  const rest = their.split(HEADER).slice(1);
  const own = our
    .split(HEADER)
    .slice(1)
    .filter((stream) => {
      const at = rest.indexOf(stream);
      if (at >= 0) rest.splice(at, 1);
      return at < 0;
    });
  const bytesOf = (streams: readonly string[]): Uint8Array =>
    Buffer.from(streams.map((stream) => HEADER + stream).join(""), "latin1");
  if (own.length + rest.length === 0) return [];
  return compareStreams(bytesOf(own), bytesOf(rest)).map(({ message }) => `  policy: ${message}`);
}

/** Files of a directory and parallel jobs come in no order. What is shown of flags is told again by each of Debian's jobs. */
function outLines(text: string): string[] {
  if (text.includes("AppArmor parser version")) return ["version or help"];
  const lines = text.split(/\n|(?<=^|\n|=)(?=(?:warn|Werror|dump)=)/).filter((line) => line !== "");
  const shown = /^(?:warn|Werror|Optimize|dump)=/;
  return lines.filter((line, index) => !shown.test(line) || lines.indexOf(line) === index).toSorted();
}

/** Without what is said in words of our own: the reason of an error in a text; a second error of the same text. */
function errLines(text: string): string[] {
  const lines = text
    // A line that Debian's does not end.
    .replaceAll(/(# of cpus == '\d+')(?=.)/g, "$1\n")
    .replaceAll(/(?<=Cannot read profile from file \S+)(?=[A-Z])/g, "\n")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) =>
      line
        .replace(/^(AppArmor parser error.*?) at line \d+: .*$/, "$1")
        .replace(/^(apparmor_parser: Regex grouping error): .*$/, "$1")
        .replace(/^(Warning .*apparmor_parser: (?:Invalid or missing cache file|cache file|file) ).*$/, "$1"),
    )
    // Asked for; ours name the rule they speak of.
    .filter(
      (line) => !/^Warning (?:converted to Error )?from .*(?:not enforced|downgraded|missing feature abi)/.test(line),
    )
    // Debian's, too, is told once for each of its parts.
    .filter(
      (line, index, all) => !/^AppArmor parser error|^apparmor_parser: Regex/.test(line) || all.indexOf(line) === index,
    );
  return lines.toSorted();
}

function compareLists(what: string, ours: readonly string[], theirs: readonly string[]): string[] {
  const rest = [...theirs];
  const only = ours.filter((line) => {
    const at = rest.indexOf(line);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  return [
    ...only.map((line) => `  ${what} only ours: ${line.slice(0, 300)}`),
    ...rest.map((line) => `  ${what} only Debian's: ${line.slice(0, 300)}`),
  ];
}
