/** What one profile record holds (kernel-abi 3, 4), field for field, before it is bytes and after. */
import type { Dfa } from "../automata/index.ts";

/** The profiles of one stream, in stream order; `A` is what stands for an automaton with its permissions. */
export interface CompiledPolicy<A = CompiledAutomaton> {
  readonly profiles: readonly CompiledProfile<A>[];
}

export interface CompiledProfile<A = CompiledAutomaton> {
  /** The whole version field (kernel-abi 2.2). */
  readonly version: number;
  /** The namespace header in front of this profile; the kernel keeps the first one of a write for all profiles after it. */
  readonly namespace: string | undefined;
  /** `parent//child`; bytes as text (foundation/text). */
  readonly name: string;
  readonly rename: string | undefined;
  readonly attach: string | undefined;
  readonly xmatch: CompiledAttachment<A> | undefined;
  readonly disconnected: string | undefined;
  readonly disconnectedIpc: string | undefined;
  /** The value of the `kill` field. */
  readonly kill: number | undefined;
  readonly error: number | undefined;
  /** Bit 0 hat, 1 debug1, 2 debug2, 3 interruptible. */
  readonly flags: number;
  /** 0 enforce, 1 complain, 2 kill, 3 unconfined, 4 prompt. */
  readonly mode: number;
  readonly audit: number;
  readonly pathFlags: number | undefined;
  readonly capabilities: CompiledCapabilities;
  readonly identities: readonly string[] | undefined;
  readonly xattrs: readonly string[] | undefined;
  readonly rlimits: CompiledRlimits | undefined;
  readonly secmark: readonly { readonly audit: number; readonly deny: number; readonly label: string }[] | undefined;
  /** 46 × (allow, audit, quiet), flat. */
  readonly netAllowedAf: Uint16Array | undefined;
  readonly policydb: A | undefined;
  readonly file: A | undefined;
  readonly data: readonly { readonly key: string; readonly value: Uint8Array }[] | undefined;
}

/** 64-bit sets. */
export interface CompiledCapabilities {
  readonly allow: bigint;
  readonly audit: bigint;
  readonly quiet: bigint;
  /** The two fields of `capsx`, which only some writers write. */
  readonly extended: bigint | undefined;
}

export interface CompiledRlimits {
  readonly mask: number;
  /** At most 16 values, by resource number. */
  readonly values: readonly bigint[];
}

/** A pdb group: automaton, permissions by output, exec targets. */
export interface CompiledAutomaton {
  /** `outputs` index `permissions`; output 0 is "nothing". */
  readonly dfa: Dfa;
  readonly permissions: CompiledPermissions;
  /** Texts as the kernel stores them: `:ns\0name` with a NUL, `parent//child`, `&stack`. Empty: no table. */
  readonly transitions: readonly string[];
  /** Differential encoding wanted or (decoded) found. */
  readonly diffEncoded: boolean;
  /** Byte equivalence classes wanted or found. */
  readonly equivalenceClasses: boolean;
  /** The `start` and `dfa_start` fields, which only some writers write; absent is state 1. */
  readonly starts?: CompiledStarts;
  /** The `tags` group, which no released kernel loads. */
  readonly tags?: CompiledTags;
  /** Decoded automata: how the tables were laid out. The encoder follows it where it is present, else computes its own. */
  readonly layout?: CompiledLayout;
}

export interface CompiledStarts {
  readonly start: number | undefined;
  readonly dfaStart: number | undefined;
}

/** kernel-abi 4.4. */
export interface CompiledTags {
  /** A string may hold several parts separated by NUL. */
  readonly strings: readonly string[];
  readonly headers: readonly (readonly [mask: number, count: number, size: number, tags: number])[];
  readonly sets: readonly number[];
}

/**
 * Transitions as the tables store them, before they are packed: of each state its DEFAULT, whether that is a state to
 * continue in with the same symbol ("differential") or a target, and its own cells.
 *
 * Shape: the cells of state s are `symbols[rows[s]..rows[s+1])`, ascending, with `targets` beside them; a symbol is a byte or,
 * with `classes`, a class number; 256 is the out-of-band symbol.
 */
export interface CompiledLayout {
  readonly defaults: Uint32Array;
  readonly differential: Uint8Array;
  readonly rows: Uint32Array;
  readonly symbols: Uint16Array;
  readonly targets: Uint32Array;
  /** Class of each byte. */
  readonly classes: Uint8Array | undefined;
  /** DEFAULT, NEXT and CHECK are 32 bits wide. */
  readonly wide: boolean;
  /** The bits of each state as they were found. */
  readonly accept: Uint32Array;
  readonly accept2: Uint32Array | undefined;
}

export type CompiledAttachment<A = CompiledAutomaton> = A & {
  /** The xmatch length. */
  readonly length: number;
};

/** How the permissions of a state are written. Index: the output of the automaton. */
export type CompiledPermissions =
  /** Accept bits of the old encoding (kernel-abi 7.2). */
  | { readonly kind: "packed"; readonly accept: Uint32Array; readonly accept2: Uint32Array }
  /**
   * A perms table (kernel-abi 4.2). `index[output]` is what ACCEPT holds, `accept2[output]` the flags (file tables of version 3:
   * 1 = owner pair at index, index + 1). The dead state and the start state always have 0 in ACCEPT.
   */
  | {
      readonly kind: "table";
      readonly version: number | undefined;
      readonly entries: readonly CompiledPermissionEntry[];
      readonly index: Uint32Array;
      readonly accept2: Uint32Array | undefined;
    };

/** Fields are unsigned 32 bit. */
export interface CompiledPermissionEntry {
  readonly allow: number;
  readonly deny: number;
  readonly subtree: number;
  readonly cond: number;
  readonly kill: number;
  readonly complain: number;
  readonly prompt: number;
  readonly audit: number;
  readonly quiet: number;
  readonly hide: number;
  readonly xindex: number;
  readonly tag: number;
  readonly label: number;
}
