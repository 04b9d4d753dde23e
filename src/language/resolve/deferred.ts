/**
 * A policy set of which rules are resolved where somebody asks for them: who goes through a log asks for those of a few profiles, and of all
 * others what they are called and whether anything is wrong with them. COST: of Debian's 160 files all rules, with what they include, are half
 * of resolving.
 */
import type { Diagnostic } from "../../foundation/diagnostics/index.ts";
import { type Profile, profileKey } from "../model/index.ts";
import { collectFiles, type PolicyFile, type PolicySet } from "./directory.ts";
import type { ResolvedPolicy, ResolveOptions } from "./options.ts";
import { resolvePolicy } from "./resolve.ts";
import { areRulesSound } from "./sound-rules.ts";
import { createResolveSession } from "./session.ts";

export interface DeferredPolicySet extends PolicySet {
  /**
   * Those of all files, but of a disabled file only what no other one has: that one is loaded. The rules of each are resolved with its file, once
   * somebody reads them.
   */
  readonly profiles: readonly Profile[];
  /** Those of them that are of a disabled file. */
  readonly disabled: ReadonlySet<Profile>;
  /** The first error of each file that has one. */
  readonly flaws: readonly { readonly path: string; readonly flaw: Diagnostic }[];
}

/**
 * As `resolvePolicySet`; each file's `policy` is resolved when it is first read.
 *
 * Errors: as `resolvePolicySet`.
 */
export function deferPolicySet(directory: string, options: ResolveOptions): DeferredPolicySet {
  const shared = { ...options, session: options.session ?? createResolveSession(options.files) };
  const all = new Map<string, Deferred>();
  const set = collectFiles(directory, shared, (path) => {
    const deferred = new Deferred(path, shared);
    all.set(path, deferred);
    return deferred.known;
  });
  const files = set.files.map(({ path, state }): PolicyFile => {
    const own = all.get(path);
    return {
      path,
      state,
      get policy() {
        return own?.whole ?? resolvePolicy({ path }, shared);
      },
    };
  });
  return {
    ...set,
    files,
    ...profilesOf(
      set.files.flatMap(({ path, state }) => all.get(path)?.profiles.map((profile) => ({ profile, state })) ?? []),
    ),
    flaws: [...all].flatMap(([path, one]) => {
      const { flaw } = one;
      return flaw === undefined ? [] : [{ path, flaw }];
    }),
  };
}

function profilesOf(
  all: readonly { readonly profile: Profile; readonly state: PolicyFile["state"] }[],
): Pick<DeferredPolicySet, "profiles" | "disabled"> {
  const enabled = new Set(all.flatMap(({ profile, state }) => (state === "disabled" ? [] : [profileKey(profile)])));
  const found = all.filter(({ profile, state }) => state !== "disabled" || !enabled.has(profileKey(profile)));
  return {
    profiles: found.map(({ profile }) => profile),
    disabled: new Set(found.flatMap(({ profile, state }) => (state === "disabled" ? [profile] : []))),
  };
}

/**
 * One file of it.
 *
 * INVARIANT: of a file whose rules are not known to be sound nothing is taken from its headers alone. What the rules use of the variables is
 * settled by that, and headers behind them name the same variables.
 */
class Deferred {
  /** The headers; where they may be otherwise with the rules, all of it. */
  readonly known: ResolvedPolicy;
  readonly #isSound: boolean;
  readonly #path: string;
  readonly #options: ResolveOptions & Required<Pick<ResolveOptions, "session">>;
  #whole: ResolvedPolicy | undefined;

  constructor(path: string, options: ResolveOptions & Required<Pick<ResolveOptions, "session">>) {
    this.#path = path;
    this.#options = options;
    const headers = resolvePolicy({ path }, { ...options, only: "headers" });
    this.#isSound = errorOf(headers) === undefined && areRulesSound(headers, options);
    this.known = this.#isSound ? headers : this.whole;
  }

  get whole(): ResolvedPolicy {
    this.#whole ??= resolvePolicy({ path: this.#path }, this.#options);
    return this.#whole;
  }

  get flaw(): Diagnostic | undefined {
    return errorOf(this.known);
  }

  get profiles(): readonly Profile[] {
    const { profiles } = this.known.value;
    return this.#isSound
      ? profiles.map((profile, index) => withRules(profile, () => this.whole.value.profiles[index]))
      : profiles;
  }
}

function errorOf({ diagnostics }: ResolvedPolicy): Diagnostic | undefined {
  return diagnostics.find(({ severity }) => severity === "error");
}

/** `profile` with the rules of `whole()`, which is the same one, resolved with them. */
function withRules(profile: Profile, whole: () => Profile | undefined): Profile {
  return {
    ...profile,
    get rules() {
      return whole()?.rules ?? [];
    },
    children: profile.children.map((child, index) => withRules(child, () => whole()?.children[index])),
  };
}
