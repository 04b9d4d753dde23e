/**
 * What the files of new profiles are called. A name comes from a log: it leaves the directory nowhere, replaces nothing, and no tool
 * passes over it.
 */
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { FileRefusal, FilesPort } from "../foundation/ports/index.ts";
import { displayText, encodeBytes } from "../foundation/text/index.ts";
import { isDubiousFileName, readPolicyMarks } from "../language/tables/index.ts";

/** Room is left for what editors, packages and our own temporary files add to a name; a file system takes 255. */
const MAX_BYTES = 200;

/** Gives names out, each once. */
interface NewFileNames {
  readonly nameFor: (profile: string) => string | undefined;
  /** Why none is given out: nobody knows what is in this directory. */
  readonly unlisted: FileRefusal | undefined;
}

export function newFileNames(base: string, files: FilesPort): NewFileNames {
  const known = takenNames(base, files);
  if (!known.ok) return { nameFor: () => undefined, unlisted: known.error };
  const taken = known.value;
  return {
    unlisted: undefined,
    nameFor: (profile) => {
      const wanted = cut(plainName(profile));
      const name = [wanted, ...numbered(wanted)].find((one) => !taken.has(folded(one)));
      if (name !== undefined) taken.add(folded(name));
      return name;
    },
  };
}

/** COST: each is compared with the names that are taken, and a log chooses the names; beyond this a profile gets no file. */
const MOST_OF_ONE_NAME = 10_000;

function* numbered(name: string): Generator<string> {
  for (let number = 2; number < MOST_OF_ONE_NAME; number += 1) yield `${name}.${number}`;
}

/** Some file systems do not distinguish cases, and no reader should have to. */
function folded(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

function takenNames(base: string, files: FilesPort): Outcome<Set<string>, FileRefusal> {
  const taken = new Set<string>();
  const kind = files.kind(base);
  if (kind === undefined) return ok(taken);
  const listing = files.list(base);
  if (!listing.ok) return listing;
  for (const { name } of listing.value) taken.add(folded(name));
  // An entry there would switch the new file off, or have it only complain.
  const marks = readPolicyMarks(base, files.list);
  const hidden = marks.unlisted.find(({ error }) => error.errno !== "ENOENT");
  if (hidden !== undefined) return fail({ path: hidden.path, errno: hidden.error.errno });
  for (const name of marks.names) taken.add(folded(name));
  return ok(taken);
}

/** `/usr/bin/notes` is kept in `usr.bin.notes` (tools 2.5). What a shell or a person could misread is an underscore. */
function plainName(profile: string): string {
  const dotted = profile.replace(/^\/+/, "").replaceAll("/", ".");
  const shown = displayText(dotted)
    .replaceAll(/[\\\s"'`$*?[\]{}<>|&;()!#~]/g, "_")
    .replace(/^[-.]/, "_");
  const name = shown === "" ? "profile" : shown;
  return isDubiousFileName(name) ? `${name}.profile` : name;
}

/** A name that is too long is cut where no letter is, and what was cut off is distinguished by a checksum. */
function cut(name: string): string {
  if (encodeBytes(name).length <= MAX_BYTES) return name;
  let short = "";
  for (const letter of name) {
    if (encodeBytes(short + letter).length > MAX_BYTES - 9) break;
    short += letter;
  }
  return `${short}.${checksum(name)}`;
}

/** FNV-1a, eight digits. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of encodeBytes(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
