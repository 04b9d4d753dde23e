/** Creating and deleting a file are w; a link needs a rule that pairs its names (audit-events 8, 8.1). */
import { literalPattern } from "../../../language/edit/index.ts";
import { FilePermission } from "../../../language/model/index.ts";
import type { FileLetter } from "../../../language/tables/index.ts";
import type { FileAccess, LinkAccess } from "../../access/index.ts";
import { type NeededFile, type NeededRule, rule } from "./need.ts";

/** The permissions a rule must have for these letters: creating and deleting are writing; writing holds appending. */
function permissionsFor(letters: readonly FileLetter[]): number {
  let bits = 0;
  for (const letter of letters) {
    if (letter === "c" || letter === "d") bits |= FilePermission.w;
    else if (letter !== "x") bits |= FilePermission[letter];
  }
  return bits & FilePermission.w ? bits & ~FilePermission.a : bits;
}

export function fileNeed({ path, letters, owner, asRoot }: FileAccess): NeededFile {
  return {
    kind: "file",
    path,
    permissions: permissionsFor(letters),
    owner,
    plainRoot: asRoot && !/^\/(?:home|root|run\/user)\//.test(path),
    questions: [{ kind: "file", path, letters, owner }],
  };
}

export function linkNeed(access: LinkAccess): NeededRule {
  const { path, target } = access;
  return rule({ kind: "link", path: literalPattern(path), target: literalPattern(target) }, access);
}
