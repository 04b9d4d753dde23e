/** What must hold wherever a command was made to fail. */
import { createHash } from "node:crypto";
import { errnoText } from "../../../src/cli/errno-texts.ts";
import type { Answer, Point, SeenCall } from "./points.ts";
import type { Snapshot } from "./tree.ts";

/** A machine as it can be looked at. */
export interface Look {
  readonly tree: Snapshot;
  readonly loaded: ReadonlyMap<string, string>;
}

export interface Expectation {
  readonly before: Look;
  readonly after: Look;
  /** How it looked wherever a run that nothing happened to waited for somebody: first with what was made for the run alone. */
  readonly rests: readonly Look[];
  /** Of that run. */
  readonly answer: Answer;
  /** Where a cache is: what becomes of it is nobody's loss. */
  readonly isCache: (path: string) => boolean;
  /** What is put there, empty, when there is nothing to put there. */
  readonly mayBeEmptied: RegExp | undefined;
  /** Holds a dialogue: what there is to say comes on standard output. */
  readonly speaksOut: boolean;
  /** What need not be there. */
  readonly isOptional: (call: SeenCall) => boolean;
  /** What a run can do without: that is said, and the status is none the worse. */
  readonly onlyWarns: (call: SeenCall) => boolean;
}

const EMPTY = createHash("sha256").digest("hex");

/** Where answers that cost somebody's time are kept when the file itself is not what it was. */
const KEPT = /\.armorer-new~$/;

/** The digest at the end of what a snapshot says of a file: what is kept need not have the file's mode. */
function bytesOf(file: string | undefined): string | undefined {
  return file?.split(" ").at(-1);
}

/** A name that every tool passes over. */
const TEMPORARY = /(?:^|\/)\.[^/]*~$/;

/** What was made for the run alone, and is not to outlive it. */
function provisional({ before, rests: [first] }: Expectation): readonly (readonly [path: string, what: string])[] {
  return [...(first?.tree ?? [])].filter(([path, what]) => before.tree.get(path) !== what && !isList(path));
}

/** Whether something of what was made for the run was confirmed meanwhile, and stays. */
function isConfirmed(look: Look, expectation: Expectation): boolean {
  return provisional(expectation).some(
    ([path, what]) =>
      expectation.before.tree.get(path) === undefined && look.tree.has(path) && look.tree.get(path) !== what,
  );
}

/** What the kernel says of what is loaded: that is judged by the policy itself. */
function isList(path: string): boolean {
  return path.endsWith("/apparmor/profiles");
}

/** Whether a file was like this at a rest, and not for the run alone. */
function wasSo(path: string, now: string | undefined, { rests }: Expectation): boolean {
  const [first, ...later] = rests;
  return now !== first?.tree.get(path) && later.some(({ tree }) => tree.get(path) === now);
}

function mixtures(look: Look, expectation: Expectation, point: Point): string[] {
  const { before, after, isCache, mayBeEmptied, rests } = expectation;
  const wrong: string[] = [];
  for (const path of new Set([...look.tree.keys(), ...before.tree.keys(), ...after.tree.keys()])) {
    const now = look.tree.get(path);
    if (now === before.tree.get(path) || now === after.tree.get(path)) continue;
    if (wasSo(path, now, expectation)) continue;
    if (TEMPORARY.test(path) && point.fault === "kill") continue;
    // Which entries there are, and what they say, is the cache's own affair, as long as they give the right policy afterwards.
    if (isCache(path) && !TEMPORARY.test(path)) continue;
    if (mayBeEmptied?.test(path) === true && now?.endsWith(EMPTY) === true) continue;
    if (isList(path)) continue;
    const meant = [after, ...rests].map(({ tree }) => bytesOf(tree.get(path.replace(KEPT, ""))));
    if (KEPT.test(path) && meant.includes(bytesOf(now))) continue;
    wrong.push(now === undefined ? `${path} is gone` : `${path} is neither what it was nor what it was to be`);
  }
  const isStaying = isConfirmed(look, expectation);
  for (const name of new Set([...look.loaded.keys(), ...before.loaded.keys(), ...after.loaded.keys()])) {
    const now = look.loaded.get(name);
    if (now === before.loaded.get(name) || now === after.loaded.get(name)) continue;
    // What is loaded anew only behind the writing is a moment older than the file.
    if (isStaying && rests.some(({ loaded }) => loaded.get(name) === now)) continue;
    wrong.push(`profile ${name} is ${now === undefined ? "unloaded" : "loaded as nobody wanted it"}`);
  }
  return wrong;
}

/** What was asked for and is not so. */
function undone(look: Look, { after, before, isCache }: Expectation): string[] {
  const missing: string[] = [];
  for (const path of new Set([...after.tree.keys(), ...before.tree.keys()])) {
    if (isCache(path) || isList(path)) continue;
    if (look.tree.get(path) !== after.tree.get(path)) missing.push(`${path} is as it was`);
  }
  for (const name of new Set([...after.loaded.keys(), ...before.loaded.keys()])) {
    if (look.loaded.get(name) !== after.loaded.get(name)) missing.push(`profile ${name} is as it was`);
  }
  return missing;
}

/** Reasons in our own words, or in those that clients know from 5.0.2, by what they may stand for. */
const REASONS: readonly { readonly text: RegExp; readonly faults?: readonly Point["fault"][] }[] = [
  // EROFS and ENOSPC of a temporary file, or of a descriptor's attributes, are said as they are; these mean that somebody refused.
  { text: /(?:not permitted|ermission denied|Access denied)/, faults: ["EACCES"] },
  // Whoever is told that there is nothing, and then meets it, or the other way round, sees a change.
  { text: /(?:changed by somebody else|Device or resource busy|Is a directory)/, faults: ["ENOENT"] },
  { text: /(?:the disk does not confirm|cannot be kept)/ },
  { text: /(?:took \d+ of|Input\/output error|rejected the policy|Protocol error)/, faults: ["short"] },
  // What is not there, in the words for what is missing.
  {
    text: /(?:is not there|leads nowhere|no such profile is loaded|Profile doesn't exist|does not exist)/,
    // Half of a name is another name to a kernel.
    faults: ["ENOENT", "short"],
  },
  {
    // A descriptor has a name for as long as there is a /proc.
    text: /(?:AppArmor was not started|has no AppArmor|Can't find AppArmor profiles|Could not find|\/proc is not mounted)/,
    faults: ["ENOENT"],
  },
  {
    text: /(?:not available|holds no policy|is there; nothing was loaded|Function not implemented)/,
    faults: ["ENOENT"],
  },
  // What is planned is read again before it is written, and must be what was meant.
  { text: /(?:would (?:change|be lost|lose|hold|appear|not be read)|no file can be named)/ },
  // 5.0.2 has one sentence for each of these, whatever the errno.
  {
    text: /(?:Could not open|not found, skipping|Unable to read|unable to find a suitable fs|policy is inconsistent|is still loaded)/,
  },
  { text: /(?:Unable to write to apparmorfs|Directory not empty|cannot be opened|does not say that)/ },
];

/** Whether a reason is given: the errno's text or name, or words for it. */
function givesReason(err: string, { fault }: Point): boolean {
  const isNamed = fault !== "short" && (err.includes(errnoText(fault)) || err.includes(fault));
  return isNamed || REASONS.some(({ text, faults }) => text.test(err) && (faults?.includes(fault) ?? true));
}

/** Whether it is said what could not be worked with: a path, a stream, a profile. */
function namesThing(err: string, { before, after }: Expectation): boolean {
  const profiles = [...before.loaded.keys(), ...after.loaded.keys()];
  return /\/|standard output|apparmorfs|AppArmor/.test(err) || profiles.some((name) => err.includes(name));
}

function silences(answer: Answer, look: Look, expectation: Expectation, point: Point): string[] {
  const call = answer.calls[point.index];
  const missing = undone(look, expectation);
  const isSame = answer.out === expectation.answer.out;
  const isWarned = call !== undefined && expectation.onlyWarns(call) && givesReason(answer.out + answer.err, point);
  if (answer.status === 0) {
    if (missing.length === 0 && (isSame || isWarned)) return [];
    return [...missing.map((one) => `status 0, and ${one}`), ...(isSame ? [] : ["status 0, and another output"])];
  }
  const isLost = call?.path === "standard error" || (expectation.speaksOut && call?.path === "standard output");
  const said = ({ err, out }: Answer): string => (expectation.speaksOut ? out + err : err);
  const err = said(answer);
  const wrong: string[] = [];
  if (point.fault === "EINTR" && !isLost) wrong.push("a signal stopped it");
  const isMore = expectation.speaksOut || err.length > said(expectation.answer).length;
  if (!isLost && !isMore && !givesReason(err, point)) wrong.push(`status ${answer.status}, and nothing said`);
  else if (!isLost && !givesReason(err, point)) wrong.push(`no reason in ${JSON.stringify(err.slice(-300))}`);
  if (!isLost && !namesThing(err, expectation)) wrong.push(`no path in ${JSON.stringify(err.slice(-300))}`);
  return wrong;
}

/** What is neither as it was nor as it was to be, and is not mentioned. */
function unmentioned(answer: Answer, look: Look, expectation: Expectation): string[] {
  const { after, before } = expectation;
  return provisional(expectation).flatMap(([path]) => {
    const now = look.tree.get(path);
    const isBetween = now !== undefined && now !== before.tree.get(path) && now !== after.tree.get(path);
    const isSaid = (answer.out + answer.err).includes(`/${path}`);
    return isBetween && !isSaid ? [`/${path} stays, and that is not said`] : [];
  });
}

/** Everything that is wrong about how a command behaved at a point. */
export function judge(answer: Answer, look: Look, expectation: Expectation, point: Point): string[] {
  const wrong = mixtures(look, expectation, point);
  if (point.fault === "kill") return wrong;
  if (/bug of armorer|\n +at /.test(answer.err)) return [...wrong, `a trace: ${answer.err.slice(0, 600)}`];
  const call = answer.calls[point.index];
  if (point.fault === "ENOENT" && call !== undefined && expectation.isOptional(call)) return [];
  return [...wrong, ...unmentioned(answer, look, expectation), ...silences(answer, look, expectation, point)];
}
