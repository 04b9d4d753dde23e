/** The profiles Debian ships; for tests only. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const FOLDERS = ["/etc/apparmor.d", "/usr/share/apparmor/extra-profiles"];

/** Paths, inside a tree of Debian, of the files that hold profiles. */
export function shippedProfiles(root: string): readonly string[] {
  return FOLDERS.filter((folder) => existsSync(join(root, folder))).flatMap((folder) =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "README")
      .map((entry) => `${folder}/${entry.name}`)
      .toSorted(),
  );
}
