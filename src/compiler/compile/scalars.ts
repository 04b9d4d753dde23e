/** The parts of a profile record that are not automata (kernel-abi 3). */
import type { ProfileFlags, Profile, ProfileMode } from "../../language/model/index.ts";
import {
  type CompiledCapabilities,
  type CompiledProfile,
  type CompiledRlimits,
  PathFlag,
  ProfileFlag,
} from "../compiled/index.ts";
import type { RuleContext, Scalars } from "./context.ts";

const modeNumber: Readonly<Record<ProfileMode, number>> = {
  enforce: 0,
  complain: 1,
  kill: 2,
  unconfined: 3,
  default_allow: 3,
  prompt: 4,
};

/** Nothing granted yet. */
export function createScalars(): Scalars {
  return {
    capabilities: { allow: 0n, deny: 0n, audit: 0n, quiet: 0n },
    rlimits: new Map(),
    netTable: undefined,
  };
}

type FlagFields =
  | "disconnected"
  | "disconnectedIpc"
  | "kill"
  | "error"
  | "flags"
  | "mode"
  | "audit"
  | "pathFlags"
  | "identities";

interface FlagOptions {
  readonly complain: boolean;
  readonly upstreamKillSignal: boolean;
  /** The profile asks, whatever its flags say. */
  readonly prompts: boolean;
}

/** What the flags of a profile come to. */
export function compileFlags(
  profile: Profile,
  context: RuleContext,
  options: FlagOptions,
): Pick<CompiledProfile, FlagFields> {
  const { flags } = profile;
  const { target } = context;
  const killSupported = target.killSignal || (options.upstreamKillSignal && target.domainKillSignal);
  warnUnsupported("kill.signal", flags.killSignal !== undefined && !killSupported, profile, context);
  warnUnsupported("error", flags.error !== undefined && !target.error, profile, context);
  warnUnsupported("interruptible", flags.interruptible && !target.interruptible, profile, context);
  const written = options.prompts ? modeNumber.prompt : modeNumber[flags.mode];
  return {
    disconnected: flags.disconnectedPath,
    disconnectedIpc: target.disconnectedIpc ? flags.disconnectedIpcPath : undefined,
    kill: killSupported ? flags.killSignal : undefined,
    error: target.error ? flags.error : undefined,
    // 5.0.2 writes the debug bit only when `debug` comes first; it decides nothing.
    flags:
      (profile.hat ? ProfileFlag.hat : 0) |
      (flags.debug ? ProfileFlag.debug : 0) |
      (flags.interruptible && target.interruptible ? ProfileFlag.interruptible : 0),
    mode: options.complain ? modeNumber.complain : written,
    audit: flags.audit ? 1 : 0,
    pathFlags: pathFlags(flags),
    identities: target.identity && profile.identities.length > 0 ? profile.identities : undefined,
  };
}

function warnUnsupported(flag: string, is: boolean, profile: Profile, context: RuleContext): void {
  if (!is) return;
  const message = `the flag \`${flag}\` is not supported by the kernel or the ABI and is ignored`;
  context.report("compile/flag-not-supported", profile.origin, message);
}

/** KERNEL 6.1: without the field deleted files are mediated; with it, it counts as it is, also when it is 0. */
function pathFlags(flags: ProfileFlags): number | undefined {
  const bits =
    (flags.attachDisconnected ? PathFlag.attachDisconnected : 0) |
    (flags.chrootRelative ? PathFlag.chrootRelative : 0) |
    (flags.chrootAttach ? PathFlag.chrootAttach : 0) |
    (flags.attachDisconnectedIpc ? PathFlag.attachDisconnectedIpc : 0) |
    (flags.mediateDeleted ? PathFlag.mediateDeleted : 0);
  const { namespaceRelative, delegateDeleted, noAttachDisconnected, chrootNoAttach } = flags;
  const written = namespaceRelative || delegateDeleted || noAttachDisconnected || chrootNoAttach;
  return bits === 0 && !written ? undefined : bits;
}

/** What is written of the four sets (compile-semantics 3.6). */
export function compileCapabilities({ capabilities }: Scalars): CompiledCapabilities {
  const { deny, audit, quiet } = capabilities;
  const allow = capabilities.allow & ~deny;
  return { allow, audit: allow & audit, quiet: deny & quiet, extended: undefined };
}

/** Linux has 16 limits (getrlimit(2)); the record has a value for each, set or not. */
const RESOURCES = 16;

export function compileRlimits({ rlimits }: Scalars): CompiledRlimits | undefined {
  if (rlimits.size === 0) return undefined;
  const mask = [...rlimits.keys()].reduce((bits, resource) => bits | (1 << resource), 0);
  return { mask, values: Array.from({ length: RESOURCES }, (_, resource) => rlimits.get(resource) ?? 0n) };
}

/** The array of the old network class: allow, audit, quiet of every family. */
export function compileNetTable({ netTable }: Scalars): Uint16Array | undefined {
  if (netTable === undefined) return undefined;
  const out = new Uint16Array((netTable.length / 4) * 3);
  for (let family = 0; family * 4 < netTable.length; family += 1) {
    const [allow, deny, audit, quiet] = netTable.subarray(family * 4, family * 4 + 4);
    const allowed = (allow ?? 0) & ~(deny ?? 0);
    out.set([allowed, allowed & (audit ?? 0), (deny ?? 0) & (quiet ?? 0)], family * 3);
  }
  return out;
}
