import type { Span } from "../../foundation/text/index.ts";
import type { FeatureTree } from "../features/index.ts";
import type { Operand, Origin, Rule } from "./rules.ts";

/** All that one policy text (with its includes) says. */
export interface Policy {
  /** The profiles of the file, in source order; children are inside their parents. */
  readonly profiles: readonly Profile[];
  /** `alias FROM -> TO`, in source order. */
  readonly aliases: readonly Alias[];
  /** The policy feature set: what the first `abi` rule names; `undefined` without one (policy-language 3.2). */
  readonly abi: Abi | undefined;
  /** Every file that was read, in order of first use: what a cache must watch. */
  readonly files: readonly string[];
}

export interface Abi {
  /** As written between the brackets or quotes. */
  readonly name: string;
  readonly at: Span;
  /** `kernel` for `<kernel>`, `default` for `<default>`. */
  readonly source: "file" | "kernel" | "default";
  /** The parsed file; `undefined` for `kernel` and `default`. */
  readonly features: FeatureTree | undefined;
}

export interface Alias {
  readonly from: string;
  readonly to: string;
  readonly at: Span;
}

export type ProfileMode = "enforce" | "complain" | "kill" | "unconfined" | "prompt" | "default_allow";

export interface ProfileFlags {
  readonly mode: ProfileMode;
  /** Whether a mode flag is written. */
  readonly modeWritten: boolean;
  readonly audit: boolean;
  readonly debug: boolean;
  readonly interruptible: boolean;
  readonly chrootRelative: boolean;
  readonly namespaceRelative: boolean;
  readonly mediateDeleted: boolean;
  readonly delegateDeleted: boolean;
  readonly attachDisconnected: boolean;
  readonly noAttachDisconnected: boolean;
  readonly chrootAttach: boolean;
  readonly chrootNoAttach: boolean;
  /** `attach_disconnected.path=`, expanded, slashes tidied; `undefined` when not written. */
  readonly disconnectedPath: string | undefined;
  readonly attachDisconnectedIpc: boolean;
  readonly disconnectedIpcPath: string | undefined;
  /** Number of AppArmor's own signal mapping (policy-language 2.6.7). */
  readonly killSignal: number | undefined;
  /** Linux errno. */
  readonly error: number | undefined;
}

export interface Profile {
  /** The name after variable expansion, without namespace; `parent//child` for children and hats. */
  readonly name: string;
  /** The last part of the name as written (after escapes, before variables): what identity is judged by. */
  readonly written: string;
  /** As written, or imposed on all; a child is where its parent is, and should name none. */
  readonly namespace: string | undefined;
  /** The attachment, expanded; also when it was inferred from a name that starts with `/` (3.3, 3.6). */
  readonly attachment: Operand | undefined;
  /** What else it attaches to, by aliases: filled by `aliasedProfiles` alone. */
  readonly aliasedAttachments?: readonly string[];
  readonly attachmentWritten: boolean;
  readonly hat: boolean;
  readonly xattrs: readonly XattrCondition[];
  readonly identities: readonly string[];
  readonly flags: ProfileFlags;
  readonly rules: readonly Rule[];
  readonly children: readonly Profile[];
  readonly origin: Origin;
}

export interface XattrCondition {
  readonly name: string;
  /** A pattern, not variable-expanded; `undefined`: any value. */
  readonly value: string | undefined;
  readonly at: Span;
}
