import type { Diagnostic } from "../../foundation/diagnostics/index.ts";
import type { FilesPort } from "../../foundation/ports/index.ts";
import type { FileId, SourceFile } from "../../foundation/text/index.ts";
import type { FeatureTree } from "../features/index.ts";
import type { Policy } from "../model/index.ts";
import type { IncludeNode, TokenListener, TokenPlace } from "../syntax/index.ts";
import type { FoundInclude } from "./includes.ts";
import type { ResolveLimits } from "./limits.ts";
import type { ResolveSession } from "./session.ts";
import type { VariableList } from "./variables.ts";

export interface ResolveOptions {
  readonly files: FilesPort;
  /** Where `<name>` is searched, in order: the directories of `-I`, then the base directory. */
  readonly search: readonly string[];
  /** What names in quotes are relative to. Default: `/`. */
  readonly cwd?: string;
  /** Shared by runs that read the same files. */
  readonly session?: ResolveSession;
  /** What `abi <kernel>` means, and where capability names beyond our table come from. */
  readonly kernelFeatures?: FeatureTree | undefined;
  /** The features of a policy without `abi` line; without them the lack of the line is warned about. */
  readonly policyFeatures?: FeatureTree | undefined;
  /** Replaces the namespace of every profile. */
  readonly namespace?: string | undefined;
  readonly limits?: Partial<ResolveLimits>;
  /**
   * Less than all of it is wanted: profiles need have no rules. `names`: nothing need be said of what is in the variables of rules.
   * `headers`: nothing of rules but what their syntax shows.
   */
  readonly only?: "names" | "headers";
}

/** What resolving gives. */
export interface ResolvedPolicy {
  readonly value: Policy;
  readonly diagnostics: readonly Diagnostic[];
  /** Every file that was read, for rendering and fixing. */
  readonly sources: ReadonlyMap<FileId, SourceFile>;
  /** Whether all was read as one stream, since a file did not stand on its own. */
  readonly isSpliced: boolean;
  /** The variables, expanded. */
  readonly variables: () => VariableList;
}

/** What is known before variables are expanded; `value` has no profiles. */
export interface ReadPolicy extends ResolvedPolicy {
  /** Reads it once more as one stream of tokens, its includes in place. */
  readonly splice: (listener: SplicedListener) => void;
}

/** Hears a policy read as one stream, and each include with what it was found to name. */
export interface SplicedListener extends TokenListener {
  readonly include: (node: IncludeNode, found: FoundInclude, place: TokenPlace) => void;
}

/** What to resolve: a file, or a text and the name it is known by. */
export type ResolveInput = { readonly path: string } | { readonly source: SourceFile };
