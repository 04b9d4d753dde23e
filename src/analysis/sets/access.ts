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

export function accessOfFile({ input, grant }: Found): Access {
  const inOwner = grant.bits !== 0 || grant.execs.some((exec) => exec.startsWith("owner"));
  const inOthers = grant.others !== 0 || grant.execs.some((exec) => exec.startsWith("other"));
  return { kind: "file", rule: fileRule(input, grant, inOwner, inOthers), input, isOwner: inOwner && !inOthers, grant };
}

function fileRule(input: Uint8Array, grant: Grant, inOwner: boolean, inOthers: boolean): string {
  const nul = input.indexOf(0);
  const bits = inOthers ? grant.others : grant.bits;
  const path = pattern(nul < 0 ? input : input.subarray(0, nul));
  // one of the halves is enough to show: where both differ, the others' is the one that surprises
  const owner = inOwner === inOthers ? "any" : inOwner ? "owner" : "other";
  if (nul >= 0) {
    const target = pattern(input.subarray(nul + 1));
    if ((bits & (FileBit.l | FileBit.freeLink)) === 0) return printRule({ kind: "change_profile", exec: path, target });
    return printRule({ kind: "link", path, target, owner, subset: (bits & FileBit.freeLink) === 0 });
  }
  if ((bits & FileBit.change) !== 0) return printRule({ kind: "change_profile", target: path });
  const exec = grant.execs.find((text) => parseExec(text).half === (inOthers ? "other" : "owner"));
  return printRule({ kind: "file", path, owner, ...lettersOf(bits, exec) });
}

function pattern(bytes: Uint8Array): string {
  return literalPattern(decodeBytes(bytes));
}

type Letters = Pick<Extract<RuleDraft, { kind: "file" }>, "permissions" | "exec" | "execTarget">;

function lettersOf(bits: number, exec: string | undefined): Letters {
  const plain = bits & 0x7e;
  const written = (plain & FilePermission.w) === 0 ? plain : plain & ~FilePermission.a;
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
