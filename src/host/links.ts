/** Symbolic links of this machine, each handled in the directory that was walked to (landing.ts), whatever becomes of its name meanwhile. */
import type { FileRefusal, LinksPort } from "../foundation/ports/index.ts";
import { type Outcome } from "../foundation/basics/index.ts";
import { Troubled, attempt, systemError } from "./errno.ts";
import { type Landing, openLanding } from "./landing.ts";
import { type System, nodeSystem, retrying } from "./system.ts";
import { forceDirectory } from "./writing.ts";

/** What `action` gives for the place of a link, which is itself not followed. */
function at<T>(system: System, path: string, action: (landing: Landing) => T): Outcome<T, FileRefusal> {
  return attempt(path, () => {
    const landing = openLanding(system, path, true);
    try {
      return action(landing);
    } finally {
      attempt(path, () => system.close(landing.directory));
    }
  });
}

/** The links of this machine. */
export function nodeLinks(given: System = nodeSystem): LinksPort {
  const system = retrying(given);
  const targetAt = ({ at: named, entry, name }: Landing): string | undefined => {
    if (entry === undefined) throw systemError("ENOENT");
    return entry.isSymbolicLink() ? system.readlink(named(name)) : undefined;
  };
  return {
    target: (path) => at(system, path, targetAt),
    make: (path, target) =>
      at(system, path, (landing) => {
        system.symlink(target, landing.at(landing.name));
        forceDirectory(system, landing);
      }),
    remove: (path, target) =>
      at(system, path, (landing) => {
        if (targetAt(landing) !== target) throw new Troubled("EBUSY", { kind: "changed", kept: undefined });
        system.unlink(landing.at(landing.name));
        forceDirectory(system, landing);
      }),
  };
}
