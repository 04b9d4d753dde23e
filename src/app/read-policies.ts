/** Policy texts to the profiles they mean, for questions about all of them at once. What cannot be read is listed, never left out in silence. */
import type { FilesPort } from "../foundation/ports/index.ts";
import { type FileId, type SourceFile, decodeBytes, sourceFile } from "../foundation/text/index.ts";
import { type Profile, aliasedProfiles } from "../language/model/index.ts";
import { resolvePolicy } from "../language/resolve/index.ts";
import type { PolicySettings, PolicySource } from "./engine.ts";
import { resolveOptionsOf } from "./meaning-world.ts";

interface ReadPolicies {
  /** Under all their aliases; of the texts that have no error. */
  readonly profiles: readonly Profile[];
  /** Every text that was read, with the includes. */
  readonly texts: ReadonlyMap<FileId, SourceFile>;
  /** What is left out, with the reason. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/** Reads without compiling. */
export function readPolicies(
  sources: readonly PolicySource[],
  settings: PolicySettings,
  files: FilesPort,
): ReadPolicies {
  const options = resolveOptionsOf(settings, files);
  const texts = new Map<FileId, SourceFile>();
  const profiles: Profile[] = [];
  const skipped: { path: string; reason: string }[] = [];
  for (const { path, bytes } of sources) {
    const resolved = resolvePolicy({ source: sourceFile(path, decodeBytes(bytes)) }, options);
    for (const [id, text] of resolved.sources) texts.set(id, text);
    const wrong = resolved.diagnostics.find(({ severity }) => severity === "error");
    if (wrong === undefined) profiles.push(...aliasedProfiles(resolved.value));
    else skipped.push({ path, reason: wrong.message });
  }
  return { profiles, texts, skipped };
}
