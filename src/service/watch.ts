import { type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";

/** One save is several events (write, rename, change of mode): long enough to see them as one, too short to be noticed. */
const SETTLE_MS = 60;

/**
 * Waits until one of the files, or a neighbour of one, changes, and until a burst of changes is over. The paths are watched, since
 * they may be directories, and so are the directories they are in: editors put a new file in the old one's place.
 */
export async function watchFiles(paths: readonly string[]): Promise<void> {
  const directories = new Set(paths.flatMap((path) => [path, dirname(path)]));
  const watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    const changed = (): void => {
      clearTimeout(timer);
      timer = setTimeout(resolve, SETTLE_MS);
    };
    for (const directory of directories) {
      try {
        watchers.push(watch(directory, changed));
      } catch {
        // It is gone; its own directory is watched too and tells when it comes back.
        continue;
      }
    }
  });
  for (const watcher of watchers) watcher.close();
}
