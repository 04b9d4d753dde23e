/** Profiles of several files compared: by their outlines, so that no file's policy has to be kept for it. */
import { type FileConflict, findConflicts, type NamedProfile } from "../language/resolve/index.ts";
import { fullName, type ProfileOutline } from "./engine.ts";

/** A file that is loaded with others. */
export interface OutlinedFile {
  /** Absolute, without detours: the same file has the same path. */
  readonly path: string;
  readonly profiles: readonly ProfileOutline[];
}

/** What does not go together between the profiles of files. */
export function conflictsBetween(files: readonly OutlinedFile[]): readonly FileConflict[] {
  return findConflicts(
    files.map(({ path, profiles }) => ({ path, profiles: profiles.flatMap((outline) => named(outline, undefined)) })),
  );
}

function named(outline: ProfileOutline, parent: string | undefined): readonly NamedProfile[] {
  const key = fullName(outline, parent);
  const attachment = parent === undefined ? outline.attachment : undefined;
  return [
    { key, name: key, namespace: outline.namespace, attachment, span: outline.span },
    ...outline.children.flatMap((child) => named(child, key)),
  ];
}
