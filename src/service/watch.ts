import { type FSWatcher, readlinkSync, realpathSync, statSync, watch } from "node:fs";
import { dirname, join } from "node:path";

/** One save is several events (write, rename, change of mode): long enough to see them as one, too short to be noticed. */
const SETTLE_MS = 60;

/** The kernel's stamps come from a clock that stands still between its ticks. */
const TICK_MS = 10;

/**
 * Waits until one of the files, or a neighbour of one, changes, and until a burst of changes is over. The paths are watched, since
 * they may be directories, and so are the directories they are in: editors put a new file in the old one's place.
 *
 * It watches from the call on, and whoever says so says it after the call. What changed before, while the files were gone through, counts, too:
 * `since`, in milliseconds since 1970, is when that began.
 */
export async function watchFiles(paths: readonly string[], since: number): Promise<void> {
  const directories = new Set(paths.flatMap((path) => [path, dirname(path)]));
  const watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    const changed = (): void => {
      clearTimeout(timer);
      timer = setTimeout(resolve, SETTLE_MS);
    };
    const own = ownOutput();
    for (const directory of directories) {
      try {
        const place = realpathSync(directory);
        const isOwn = (name: string | null): boolean => name !== null && own.has(join(place, name));
        watchers.push(watch(directory, (_, name) => (isOwn(name) ? undefined : changed())));
      } catch {
        // It is gone; its own directory is watched too and tells when it comes back.
        continue;
      }
    }
    if (paths.some((path) => isNewer(path, since - TICK_MS))) changed();
  });
  for (const watcher of watchers) watcher.close();
}

/** The files that this process prints to: who keeps what is printed beside the policy has changed none of it. */
function ownOutput(): ReadonlySet<string> {
  const files = ["1", "2"].flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)];
    } catch {
      return [];
    }
  });
  return new Set(files);
}

/** Whether a file was changed since; a directory changes with what is written into it, by us, too. */
function isNewer(path: string, since: number): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  return status?.isFile() === true && status.ctimeMs >= since;
}
