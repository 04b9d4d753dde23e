import type { Dfa } from "../../compiler/automata/index.ts";

/**
 * What is granted at one state, encodings left behind. In file automata `bits` and `others` are the halves of the owner and of others, made
 * of `FileBit`; in the policydb automaton `bits` are the kernel's bits of the class and `others` is 0.
 */
export interface Grant {
  readonly bits: number;
  readonly others: number;
  /** Exec transitions, sorted: `owner` or `other`, the kernel's word without its index, the target's name; separated by blanks. */
  readonly execs: readonly string[];
}

/** An automaton whose outputs are places in a list of grants; output 0 grants nothing. */
export interface SetPart {
  readonly dfa: Dfa;
  readonly grants: readonly Grant[];
  /** Of programs and the labels that they are to run under: beside it other sets are what comes of them at exec (`at-exec.ts`). */
  readonly isAtExec?: true;
}

/** Values a hard limit may be set to, both ends included. */
export interface LimitRange {
  readonly resource: number;
  readonly first: bigint;
  readonly last: bigint;
}

/** A set of accesses: what a profile allows, what a rule asks about, or what is left of them. */
export interface AccessSet {
  readonly file: SetPart | undefined;
  readonly policydb: SetPart | undefined;
  /** Bit n is the capability with number n; only those that have a name. */
  readonly capabilities: bigint;
  /** By address family, a bit for each socket type; the table of kernels before network v8. Empty: the policy has none. */
  readonly sockets: readonly number[];
  readonly limits: readonly LimitRange[];
}

/**
 * Which of a profile's sets: `allow` what is granted; `audit` what is granted and logged; `quiet` what is refused without a line in the log, in
 * complain mode, too; `prompt` what is asked of the user. All four leave the profile's mode aside.
 */
export type Aspect = "allow" | "audit" | "quiet" | "prompt";

/** One access, shown to a person: the input that the kernel would look up, and a rule that means just that. */
export interface Access {
  /** `file`, `capability`, `rlimit`, `socket` or the name of a mediation class: `signal`, `mount`, … */
  readonly kind: string;
  /** A rule of the language for this access and for nothing else, with its comma: `owner /home/a r,`. */
  readonly rule: string;
  /** What is matched: of files the path (of pairs both, with a NUL between), of other classes the text behind the class byte. */
  readonly input: Uint8Array;
  /** The object's owner asks. */
  readonly isOwner: boolean;
  readonly grant: Grant;
}

/** How a question and a profile relate: all of what is asked is in the set, some, or nothing. */
export interface Comparison {
  readonly verdict: "all" | "some" | "none";
  /** An access that is asked about and in the set; absent for `none`. */
  readonly inside: Access | undefined;
  /** An access that is asked about and not in the set; absent for `all`. */
  readonly outside: Access | undefined;
}

/** A set as rules. */
export interface RuleCover {
  /** In the order of classes; each ends in a comma. */
  readonly rules: readonly string[];
  /** The rules say all of the set and nothing else. Otherwise they are near it. */
  readonly isExact: boolean;
}
