/**
 * The head of a profile: name, attachment, extended attributes and flags as they are written. What the language has no word for, or what the
 * automaton says in more ways than one, is left to a comment.
 */
import { printWord } from "../../language/edit/index.ts";
import { leadLength, parseGlob } from "../../language/globs/index.ts";
import { errnoName, signalName } from "../../language/tables/index.ts";
import {
  ABI_MASK,
  type CompiledProfile,
  FORCE_COMPLAIN,
  PathFlag,
  ProfileFlag,
  profileModes,
} from "../compiled/index.ts";
import type { Attachment } from "./attachment.ts";
import { quoteText } from "./render-permissions.ts";
import { OUT_OF_BAND, VALUE } from "./state-patterns.ts";

interface Head {
  /** Up to the brace. */
  readonly line: string;
  /** What the line cannot say, and what helps to read the rest. */
  readonly comments: readonly string[];
}

/** The head of a profile. `parent`: the name of the profile it is in. */
export function renderHead(
  profile: CompiledProfile,
  { isWhole, patterns }: Attachment,
  parent: string | undefined,
): Head {
  const { isSaid, text: xattrs } = xattrWords(profile, patterns);
  const kind = (profile.flags & ProfileFlag.hat) === 0 ? "profile" : "hat";
  const flags = flagWords(profile);
  const attachments = attachmentWords(patterns);
  const words = [
    kind,
    parent === undefined ? headWord(profile) : childWord(profile.name.slice(parent.length + 2)),
    ...attachments,
    ...(xattrs === "" ? [] : [xattrs]),
    ...(flags.length === 0 ? [] : [`flags=(${flags.join(", ")})`]),
  ];
  const { xmatch } = profile;
  const left = unsaidPathFlags(profile);
  const comments = [
    `# mode: ${modeOf(profile)}, abi: ${profile.version & ABI_MASK}${profile.audit === 0 ? "" : ", audits everything"}`,
    ...optional("path flags that have no word", left === 0 ? undefined : `0x${left.toString(16)}`),
    ...optional("rename", profile.rename),
    ...optional("attach", profile.attach),
    ...lengthComment(xmatch?.length, attachments),
    ...(isWhole ? [] : ["# the attachment, or a value of an attribute, may be near what it was, and not the same"]),
    ...optional("disconnected", isAttached(profile) ? undefined : profile.disconnected),
    ...optional("disconnected ipc", isIpcAttached(profile) ? undefined : profile.disconnectedIpc),
    ...optional("kill signal", signalOf(profile) === undefined ? profile.kill : undefined),
    ...optional("error", errorOf(profile) === undefined ? profile.error : undefined),
    ...optional("xattrs", isSaid ? undefined : profile.xattrs?.join(" ")),
    ...optional("identities", profile.identities?.join(" ")),
  ];
  return { line: words.join(" "), comments };
}

/** A comment, if there is something to say. */
function optional(label: string, value: string | number | undefined): readonly string[] {
  return value === undefined ? [] : [`# ${label}: ${typeof value === "string" ? quoteText(value) : value}`];
}

/** In a head, names with globs that are no paths are read in quotes only. */
function headWord({ namespace, name }: CompiledProfile): string {
  return childWord(`${namespace === undefined ? "" : `:${namespace}:`}${name}`);
}

function childWord(name: string): string {
  const word = printWord(name);
  return /^[^/"].*[*?[\]{}^]/.test(word) ? `"${word}"` : word;
}

function isForced({ version }: CompiledProfile): boolean {
  return (version & FORCE_COMPLAIN) !== 0;
}

function modeOf(profile: CompiledProfile): string | number {
  return isForced(profile) ? "complain (forced)" : (profileModes[profile.mode] ?? profile.mode);
}

function isAttached({ pathFlags = 0 }: CompiledProfile): boolean {
  return (pathFlags & PathFlag.attachDisconnected) !== 0;
}

function isIpcAttached({ pathFlags = 0 }: CompiledProfile): boolean {
  return (pathFlags & PathFlag.attachDisconnectedIpc) !== 0;
}

function signalOf({ kill }: CompiledProfile): string | undefined {
  return kill === undefined ? undefined : signalName(kill);
}

function errorOf({ error }: CompiledProfile): string | undefined {
  return error === undefined ? undefined : errnoName(error);
}

/** The bits for which there is a word without a value. */
const plainPathFlags = [
  ["chroot_relative", PathFlag.chrootRelative],
  ["chroot_attach", PathFlag.chrootAttach],
  ["mediate_deleted", PathFlag.mediateDeleted],
] as const;

function unsaidPathFlags({ pathFlags = 0 }: CompiledProfile): number {
  const known = Object.values(PathFlag).reduce((bits, bit) => bits | bit, 0);
  return pathFlags & ~known;
}

function withPath(name: string, path: string | undefined): string {
  return path === undefined ? name : `${name}=${printWord(path)}`;
}

function flagWords(profile: CompiledProfile): readonly string[] {
  const { audit, disconnected, disconnectedIpc, flags, mode, pathFlags } = profile;
  const known = isForced(profile) ? "complain" : profileModes[mode];
  const [signal, error] = [signalOf(profile), errorOf(profile)];
  return [
    ...(known === undefined || known === "enforce" ? [] : [known]),
    ...(audit === 0 ? [] : ["audit"]),
    ...((flags & ProfileFlag.debug) === 0 ? [] : ["debug"]),
    ...((flags & ProfileFlag.interruptible) === 0 ? [] : ["interruptible"]),
    ...(isAttached(profile)
      ? [withPath(disconnected === undefined ? "attach_disconnected" : "attach_disconnected.path", disconnected)]
      : []),
    ...(isIpcAttached(profile) ? [withPath("attach_disconnected.ipc", disconnectedIpc)] : []),
    ...plainPathFlags.flatMap(([name, bit]) => (((pathFlags ?? 0) & bit) === 0 ? [] : [name])),
    // Written, and nothing in it: it is there because of a word that says what is so anyway.
    ...(pathFlags === 0 ? ["namespace_relative"] : []),
    ...(signal === undefined ? [] : [`kill.signal=${signal}`]),
    ...(error === undefined ? [] : [`error=${error}`]),
  ];
}

/** Several patterns are one alternation behind what they begin with; a list that is cut, or begins in more ways, stays a list. */
function attachmentWords(patterns: readonly string[]): readonly string[] {
  // what is no path is there because the name has globs, and no attachment that could be written
  const paths = patterns.filter((pattern) => /^[/{…]/.test(pattern) && !pattern.includes(OUT_OF_BAND));
  if (paths.length < 2 || !paths.every((path) => path.startsWith("/"))) return paths;
  const shared = sharedDirectory(paths);
  return [`${shared}{${paths.map((path) => withoutBareCommas(path.slice(shared.length))).join(",")}}`];
}

/** The length depends on how a pattern is written (compile-semantics 7.2), of which not all can be seen in an automaton. */
function lengthComment(length: number | undefined, [attachment, ...others]: readonly string[]): readonly string[] {
  if (length === undefined) return [];
  const written = attachment === undefined || others.length > 0 ? undefined : writtenLength(attachment);
  const other = written === undefined || written === length ? "" : `, and ${written} as it is written here`;
  return [`# attachment length: ${length}${other}`];
}

function writtenLength(attachment: string): number | undefined {
  // A byte that is written as a number counts as one that means itself.
  const plain = attachment.replaceAll(/\\(x[0-9a-f]{2}|0|[^])/g, (written, byte: string) =>
    /^(?:x..|0)$/.test(byte) ? "x" : written,
  );
  const parsed = parseGlob(plain, { nul: false });
  return parsed.ok ? leadLength(parsed.value) : undefined;
}

/** Whole names that all begin with, in which every character means itself. */
function sharedDirectory([first = "", ...others]: readonly string[]): string {
  const plain = /^[^\\*?[{]*/.exec(first)?.[0] ?? "";
  let length = plain.length;
  for (const other of others) while (!other.startsWith(plain.slice(0, length))) length -= 1;
  return plain.slice(0, plain.lastIndexOf("/", length - 1) + 1);
}

/** A comma that no braces hold would end an alternative. */
function withoutBareCommas(pattern: string): string {
  let depth = 0;
  return pattern.replaceAll(/\\.|\[(?:\\.|[^\]])*\]|[{},]/gs, (part) => {
    if (part === "{") depth += 1;
    if (part === "}") depth -= 1;
    return part === "," && depth === 0 ? String.raw`\,` : part;
  });
}

/** Every attribute with its value; the kernel has them last one first (compile-semantics 7.3). */
function xattrWords(
  { xattrs = [] }: CompiledProfile,
  patterns: readonly string[],
): { readonly text: string; readonly isSaid: boolean } {
  if (xattrs.length === 0) return { text: "", isSaid: true };
  const chains = patterns
    .map((pattern) => pattern.split(VALUE).slice(1))
    .filter((list) => list.length === xattrs.length);
  const [values] = chains;
  if (values === undefined || new Set(chains.map((chain) => JSON.stringify(chain))).size > 1)
    return { text: "", isSaid: false };
  const conditions = xattrs.map((name, at) => (values[at] === "**" ? name : `${name}="${values[at]}"`));
  return { text: `xattrs=(${conditions.toReversed().join(" ")})`, isSaid: true };
}
