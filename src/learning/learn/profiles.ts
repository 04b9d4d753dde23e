/** Finding profiles of the model by the names the kernel uses. */
import { type ProfilePath, attach } from "../../analysis/monitor/index.ts";
import { type Profile, splitFullName } from "../../language/model/index.ts";

/** The profiles of a policy by full name (`parent//child`; `:ns:name` outside the root namespace). */
export class ProfileIndex {
  private readonly byName = new Map<string, ProfilePath>();
  readonly top: readonly Profile[];
  private readonly attaching: readonly Profile[];

  /** `disabled`: those that attach to nothing. */
  constructor(profiles: readonly Profile[], disabled: ReadonlySet<Profile> = new Set()) {
    this.top = profiles;
    this.attaching = profiles.filter((profile) => profile.namespace === undefined && !disabled.has(profile));
    for (const profile of profiles) this.add(profile, []);
  }

  private add(profile: Profile, parents: ProfilePath): void {
    const path = [...parents, profile];
    const namespace = path[0]?.namespace;
    const name = namespace === undefined ? profile.name : `:${namespace}:${profile.name}`;
    if (!this.byName.has(name)) this.byName.set(name, path);
    for (const child of profile.children) this.add(child, path);
  }

  /** A profile with its parents. */
  find(name: string): ProfilePath | undefined {
    return this.byName.get(name);
  }

  /** What a new profile for a program is called: like the program, or its path where that name is taken. */
  newName(path: string): string {
    const name = path.slice(path.lastIndexOf("/") + 1);
    return name === "" || this.byName.has(name) ? path : name;
  }

  /** The profile that attaches to an executable. */
  attached(path: string): Profile | undefined {
    const found = attach(this.attaching, path);
    return found.kind === "found" ? found.profile : undefined;
  }
}

/** A profile's name in an index, from an event's namespace (`root//NS`) and profile. */
export function labelOf(namespace: string | undefined, profile: string): string {
  const inner = namespace?.replace(/^root\/\//, "");
  return inner === undefined || inner === "root" ? profile : `:${inner}:${profile}`;
}

/** The outermost profile of a label. */
export function rootOf(label: string): string {
  const split = splitFullName(label);
  return split === undefined ? label : rootOf(split.parent);
}
