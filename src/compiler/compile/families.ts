/**
 * Families: a top-level profile with its children is what a kernel takes or refuses in one write, so it is what is compiled, encoded
 * and loaded as one. They are put in order once, here: by name, as 5.0.2 writes them (kernel-abi 2.4), whatever the order of the text.
 */
import { compareBytes } from "../../foundation/text/index.ts";
import type { Policy, Profile } from "../../language/model/index.ts";

/** A profile and the profiles below it. */
export interface ProfileFamily {
  readonly profile: Profile;
  readonly namespace: string | undefined;
  /** In order of namespace and name as written. */
  readonly children: readonly ProfileFamily[];
}

/**
 * The families of a policy in order of namespace and name as written. `namespace` replaces that of every profile. ORACLE 5.0.2: what
 * a child writes as its namespace stays with it; kernels then take the whole family there, or refuse it when the parent names another.
 */
export function familiesOf({ profiles }: Pick<Policy, "profiles">, namespace: string | undefined): ProfileFamily[] {
  const sorted = (all: readonly Profile[]): ProfileFamily[] =>
    all
      .map((profile) => ({ profile, namespace: namespace ?? profile.namespace, children: sorted(profile.children) }))
      .toSorted(compareFamilies);
  return sorted(profiles);
}

function compareFamilies(a: ProfileFamily, b: ProfileFamily): number {
  return compareBytes(a.namespace ?? "", b.namespace ?? "") || compareBytes(a.profile.written, b.profile.written);
}
