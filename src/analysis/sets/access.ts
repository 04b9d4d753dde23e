/** An input that was found, as a rule of the language that means just that. */
import { decodeBytes } from "../../foundation/text/index.ts";
import {
  XINDEX_CHILD,
  XINDEX_INHERIT,
  XINDEX_NAME,
  XINDEX_TABLE,
  XINDEX_TYPE,
  XINDEX_UNCONFINED,
  XINDEX_UNSAFE,
} from "../../compiler/compiled/index.ts";
import { pathBesideTarget } from "../../compiler/decompile/index.ts";
import { literalPattern, printRule, type RuleDraft } from "../../language/edit/index.ts";
import { type ExecMode, FilePermission } from "../../language/tables/index.ts";
import { draftOfClass, kindOfClass } from "./access-classes.ts";
import { FileBit, parseExec } from "./grants.ts";
import type { Found } from "./search.ts";
import type { Access, Grant } from "./types.ts";

export function accessOfPolicydb({ input, grant }: Found): Access {
  const [number = 0, ...rest] = input;
  const data = Uint8Array.from(rest);
  const draft = draftOfClass(number, data, grant.bits);
  return {
    kind: kindOfClass(number),
    rule: draft === undefined ? `# class ${number}` : printRule(draft),
    input: data,
    isOwner: true,
    grant,
  };
}

export function accessOfFile({ input, grant: found }: Found): Access {
  const grant = { ...found, bits: sayable(found.bits), others: sayable(found.others) };
  const [owner, other] = [halfOf(grant, "owner"), halfOf(grant, "other")];
  const [first] = grant.execs.map((exec) => parseExec(exec).half);
  const isShared = owner.bits === other.bits && owner.exec === other.exec;
  // where the halves differ, that of the others is shown: it is the one that surprises
  const mask = isShared ? "any" : other.bits !== 0 || first === "other" ? "other" : "owner";
  return {
    kind: "file",
    rule: fileRule(input, mask === "other" ? other : owner, mask),
    input,
    isOwner: mask === "owner",
    grant,
  };
}

interface HalfGrant {
  readonly bits: number;
  /** Its transition, without the half. */
  readonly exec: string | undefined;
}

function halfOf({ bits, others, execs }: Grant, half: "owner" | "other"): HalfGrant {
  const exec = execs.find((text) => text.startsWith(half));
  return { bits: half === "owner" ? bits : others, exec: exec?.slice(half.length) };
}

function fileRule(input: Uint8Array, { bits, exec }: HalfGrant, owner: "any" | "owner" | "other"): string {
  const nul = input.indexOf(0);
  const path = pattern(nul < 0 ? input : input.subarray(0, nul));
  if (nul >= 0) {
    const target = pattern(input.subarray(nul + 1));
    if ((bits & (FileBit.l | FileBit.freeLink)) === 0) return printRule({ kind: "change_profile", exec: path, target });
    return printRule({ kind: "link", path, target, owner, subset: (bits & FileBit.freeLink) === 0 });
  }
  if ((bits & FileBit.change) !== 0) return printRule({ kind: "change_profile", target: path });
  const letters = lettersOf(bits, exec && `${owner} ${exec.trimStart()}`);
  return printRule({ kind: "file", path: pathBesideTarget(path, letters.execTarget ?? ""), owner, ...letters });
}

/** Of several slashes in a row a rule's text is one, but for two that it begins with (compile-semantics 2.2). */
function pattern(bytes: Uint8Array): string {
  const text = literalPattern(decodeBytes(bytes));
  return text.replace(/(?!^\/\/(?!\/))\/\/+/g, (slashes) => `/${"[/]".repeat(slashes.length - 1)}`);
}

type Letters = Pick<Extract<RuleDraft, { kind: "file" }>, "permissions" | "exec" | "execTarget">;

/** No rule writes without appending: where there is more to show, that is shown. */
function sayable(bits: number): number {
  const { w, a } = FilePermission;
  const isLoneWrite = (bits & w) !== 0 && (bits & a) === 0 && (bits & 0x7e & ~w) !== 0;
  return isLoneWrite ? bits & ~w : bits;
}

function lettersOf(bits: number, exec: string | undefined): Letters {
  const { w, a } = FilePermission;
  const plain = bits & 0x7e;
  const written = (plain & w) === 0 ? plain : plain & ~a;
  if (exec === undefined && (bits & FileBit.x) === 0) return { permissions: written };
  const inherit: ExecMode = { transition: "deny", fallback: "none", safe: false };
  if (exec === undefined) return { permissions: written | FilePermission.x, exec: inherit };
  const { word, name } = parseExec(exec);
  const target = name === "" ? {} : { execTarget: name.replace(/^(&?:[^\0]+)\0/, "$1:") };
  return { permissions: written | FilePermission.x, exec: execMode(word), ...target };
}

function execMode(word: number): ExecMode {
  const type = word & XINDEX_TYPE;
  const fallback = (word & XINDEX_INHERIT) !== 0 ? "inherit" : (word & XINDEX_UNCONFINED) !== 0 ? "unconfined" : "none";
  const safe = (word & XINDEX_UNSAFE) === 0;
  if (type === XINDEX_NAME || type === XINDEX_TABLE)
    return { transition: (word & XINDEX_CHILD) === 0 ? "profile" : "child", fallback, safe };
  if (fallback === "none") return { transition: "deny", fallback, safe: false };
  return { transition: fallback, fallback: "none", safe: fallback === "unconfined" && safe };
}
