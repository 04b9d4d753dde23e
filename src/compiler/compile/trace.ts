/** What rules become on their way into automata, for inspection. */
import type { GlobNode } from "../../language/globs/index.ts";
import type { Origin, Profile } from "../../language/model/index.ts";
import type { Dfa } from "../automata/index.ts";
import type { AttachmentPlan } from "./attachment.ts";
import type { Emission, OperandKind } from "./context.ts";
import type { Effects } from "./effects.ts";
import { packExec } from "../compiled/index.ts";
import type { NumberedOutputs } from "./permissions.ts";
import type { Effect, Resolved } from "./resolution.ts";
import { OTHER_SHIFT, X } from "../compiled/index.ts";

/** Told in the order in which things are made: operands, then of every profile the attachment, files, everything else. */
export interface Trace {
  /** The text of a node that patterns are made with; slashes of paths are squeezed. */
  readonly operand: (node: GlobNode, text: string, kind: OperandKind) => void;
  readonly automaton: (automaton: TracedAutomaton) => void;
}

export interface TracedAutomaton {
  /** Whose it is. */
  readonly profile: Profile;
  readonly table: "attachment" | Effect["table"];
  readonly patterns: readonly TracedPattern[];
  /** What an attachment wants of extended attributes. */
  readonly values: readonly GlobNode[];
  /** `undefined`: rules contradict each other. */
  readonly built: TracedStates | undefined;
}

export interface TracedStates {
  readonly dfa: Dfa;
  /** By output; nothing where nothing is allowed, quieted or asked. */
  readonly bits: readonly (TracedBits | undefined)[];
}

/** Bits are unsigned and hold exec types as the old encoding does (kernel-abi 7.2). */
export interface TracedPattern extends Pick<Effect, "priority" | "mode" | "permissions" | "audit"> {
  readonly pattern: GlobNode;
  /** `undefined`: nobody wrote it. */
  readonly origin: Origin | undefined;
}

export interface TracedBits {
  readonly allow: number;
  readonly prompt: number;
  readonly audit: number;
  readonly quiet: number;
}

/** The automaton of an attachment, all of whose patterns do the same. */
export function traceAttachment(profile: Profile, { patterns, values }: AttachmentPlan, dfa: Dfa): TracedAutomaton {
  const effect = { priority: 0, mode: "allow", permissions: X, audit: 0, origin: undefined } as const;
  return {
    profile,
    table: "attachment",
    patterns: patterns.map((pattern) => ({ ...effect, pattern })),
    values,
    built: { dfa, bits: [undefined, { allow: X, prompt: 0, audit: 0, quiet: 0 }] },
  };
}

/** One of the two automata of a profile. */
export function traceAutomaton(
  profile: Profile,
  emissions: readonly Emission[],
  outputs: NumberedOutputs | undefined,
  { execTypes }: Pick<Effects, "execTypes">,
): TracedAutomaton {
  const types = emissions.flatMap(({ exec }) => (exec === undefined ? [] : execTypes.get(exec)));
  const named = types.flatMap(({ name, target }) => (target === "named" ? name : []));
  // ORACLE 5.0.2 numbers targets from the last rule on while it compiles, whatever their order in the table will be.
  const names = [...new Set(named.toReversed())];
  const withExec = (bits: number, execs: readonly [number, number]): number => {
    const halves = ([0, 1] as const).map((half) => {
      if (((bits >>> (half * OTHER_SHIFT)) & X) === 0) return 0;
      const type = execTypes.get(execs[half]);
      return packExec(type, names.indexOf(type.name)) << (half * OTHER_SHIFT);
    });
    return halves.reduce((all, half) => all | half, bits) >>> 0;
  };
  const [first] = emissions;
  return {
    profile,
    table: first?.table ?? "policydb",
    patterns: emissions.map(({ audit, exec = 0, mode, origin, pattern, permissions, priority, table }) => ({
      pattern,
      priority,
      mode,
      permissions: table === "file" ? withExec(permissions, [exec, exec]) : permissions >>> 0,
      audit: table === "file" ? withExec(audit, [exec, exec]) : audit >>> 0,
      origin,
    })),
    values: [],
    built: outputs && { dfa: outputs.dfa, bits: outputs.resolved.map((one) => one && bitsOf(one, withExec)) },
  };
}

function bitsOf(
  { allow, audit, execOther, execOwner, prompt, quiet, table }: Resolved,
  withExec: (bits: number, execs: readonly [number, number]) => number,
): TracedBits {
  if (table !== "file") return { allow, prompt, audit, quiet };
  const execs = [execOwner, execOther] as const;
  return { allow: withExec(allow, execs), prompt, audit: withExec(audit, execs), quiet };
}
