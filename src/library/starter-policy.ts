/**
 * In: nothing. Out: the starter policy of the package (`policy/`): tunables, abstractions and ABIs to begin with.
 * Must not know: what is on this machine.
 */
import { packagedFeatures } from "./packaged-features.ts";
import { packagedTexts } from "./packaged-texts.ts";

/**
 * Tunables, abstractions and ABI files that profiles of any machine can include, by path below `/etc/apparmor.d`. A table for `memoryFiles`.
 *
 * @example
 * memoryFiles({ ...starterPolicy, "/etc/apparmor.d/local/demo": "/srv/** r,\n" });
 */
export const starterPolicy: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({ ...packagedTexts, ...packagedFeatures }).flatMap(([path, text]) =>
    path.startsWith("policy/") && path !== "policy/README.md"
      ? [[`/etc/apparmor.d/${path.slice("policy/".length)}`, text]]
      : [],
  ),
);
