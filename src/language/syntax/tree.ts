/**
 * The lossless tree. The tokens of a file tile its text without a gap, so printing is joining them; nodes point into the
 * text with spans and carry what the grammar says of them (policy-language 2). Nothing is resolved here: words keep
 * their spelling beside the value that quotes and escapes give (policy-language 1.9).
 */
import type { Diagnostic } from "../../foundation/diagnostics/index.ts";
import type { SourceFile, Span } from "../../foundation/text/index.ts";

/** What a token is; `trivia` kinds are blanks, line ends, comments and continuations. */
export interface Token {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
}

export interface SyntaxTree {
  readonly source: SourceFile;
  /** The tokens tile the text. Made when first asked for, which reads the text again; empty for spliced files. */
  readonly tokens: readonly Token[];
  readonly items: readonly ItemNode[];
  readonly diagnostics: readonly Diagnostic[];
  /**
   * The file does not stand on its own: it ends, or holds an include, in the middle of a construct. Where it is included,
   * the unit must be read as one stream (`parseSpliced`).
   */
  readonly needsSplicing: boolean;
}

/** Any item: what may stand where is for `checkPlace` to say, since an included file does not know where it will stand. */
export type ItemNode = FileItemNode | BodyItemNode;

/** What `parseSpliced` asks for when it meets an include. */
export interface IncludeRequest {
  readonly node: IncludeNode;
  /** The profile, hat or child body the include is in: 0 is none, every body has a number of its own. */
  readonly scope: number;
}

/** A word of the text: `value` has quotes removed and escapes processed (1.9); `text` is as written. */
export interface WordNode {
  readonly kind: "word";
  readonly span: Span;
  readonly text: string;
  readonly value: string;
  readonly quoted: boolean;
}

export type FileItemNode = AbiNode | IncludeNode | AliasNode | VariableNode | BooleanNode | ProfileNode | BrokenNode;
export type BodyItemNode =
  | AbiNode
  | IncludeNode
  | ProfileNode
  | ConditionalNode
  | BlockNode
  | RlimitNode
  | RuleNode
  | BrokenNode;

export interface AbiNode {
  readonly kind: "abi";
  readonly span: Span;
  readonly path: WordNode;
  /** `<path>` is searched; otherwise it is opened as written. */
  readonly searched: boolean;
}

export interface IncludeNode {
  readonly kind: "include";
  readonly span: Span;
  readonly path: WordNode;
  readonly searched: boolean;
  readonly ifExists: boolean;
  /** Written as `#include`. */
  readonly pound: boolean;
  /** Stands inside another construct (1.8); the resolver then reads the unit as one stream. */
  readonly insideRule: boolean;
}

export interface AliasNode {
  readonly kind: "alias";
  readonly span: Span;
  readonly keyword: "alias" | "rewrite";
  readonly from: WordNode;
  readonly to: WordNode;
}

export type AssignOperator = "=" | "+=" | "?=" | ":=";

export interface VariableNode {
  readonly kind: "variable";
  readonly span: Span;
  /** The name alone: no `@`, no braces. */
  readonly name: string;
  readonly nameSpan: Span;
  readonly operator: AssignOperator;
  readonly values: readonly WordNode[];
}

export interface BooleanNode {
  readonly kind: "boolean";
  readonly span: Span;
  readonly name: string;
  readonly nameSpan: Span;
  readonly operator: AssignOperator;
  readonly value: ExpressionNode;
}

export type ExpressionNode =
  | { readonly kind: "or" | "and"; readonly span: Span; readonly left: ExpressionNode; readonly right: ExpressionNode }
  | { readonly kind: "not"; readonly span: Span; readonly operand: ExpressionNode }
  | { readonly kind: "boolean-reference"; readonly span: Span; readonly name: string }
  | { readonly kind: "defined"; readonly span: Span; readonly name: string; readonly of: "set" | "boolean" }
  | { readonly kind: "operand"; readonly span: Span; readonly operand: OperandNode }
  | {
      readonly kind: "comparison";
      readonly span: Span;
      readonly operator: "==" | "!=" | "in" | ">" | ">=" | "<" | "<=";
      readonly left: OperandNode;
      readonly right: OperandNode;
    };

export type OperandNode = WordNode | { readonly kind: "set-reference"; readonly span: Span; readonly name: string };

/** A profile, child profile or hat: one shape, distinguished by keyword and place. */
export interface ProfileNode {
  readonly kind: "profile";
  readonly span: Span;
  readonly keyword: "profile" | "hat" | "^" | "";
  readonly name: WordNode;
  readonly attachment: WordNode | undefined;
  readonly xattrs: ConditionGroupNode | undefined;
  readonly identities: readonly WordNode[];
  readonly flags: FlagsNode | undefined;
  readonly open: Span;
  readonly items: readonly BodyItemNode[];
  /** Absent when the file ends first. */
  readonly close: Span | undefined;
}

export interface FlagsNode {
  readonly kind: "flags";
  readonly span: Span;
  readonly values: readonly WordNode[];
}

export interface ConditionGroupNode {
  readonly kind: "condition-group";
  readonly span: Span;
  /** `peer` or `xattrs`. */
  readonly name: string;
  readonly conditions: readonly ConditionNode[];
}

export interface ConditionNode {
  readonly kind: "condition";
  readonly span: Span;
  readonly name: string;
  readonly nameSpan: Span;
  readonly operator: "=" | ":=" | "in" | "";
  readonly values: readonly WordNode[];
  readonly parenthesised: boolean;
}

/** The qualifiers before a rule or block, in their fixed order (2.4). */
export interface PrefixNode {
  readonly kind: "prefix";
  /** Empty (start = end) when nothing is written. */
  readonly span: Span;
  /** `text` is a number, except for the odd case of `=` on a line of its own, where it may be any word. */
  readonly priority: { readonly span: Span; readonly text: string } | undefined;
  readonly audit: Span | undefined;
  readonly mode: { readonly span: Span; readonly word: "allow" | "deny" | "prompt" } | undefined;
  readonly owner: { readonly span: Span; readonly word: "owner" | "user" | "other" } | undefined;
}

export interface ConditionalNode {
  readonly kind: "conditional";
  readonly span: Span;
  readonly condition: ExpressionNode;
  readonly then: readonly BodyItemNode[];
  /** An `else if` is a list of one conditional. */
  readonly otherwise: readonly BodyItemNode[] | undefined;
}

export interface BlockNode {
  readonly kind: "block";
  readonly span: Span;
  readonly prefix: PrefixNode;
  readonly items: readonly BodyItemNode[];
}

export interface RlimitNode {
  readonly kind: "rlimit";
  readonly span: Span;
  readonly name: WordNode;
  readonly value: WordNode;
  readonly unit: WordNode | undefined;
}

/** The permissions of a rule that has keywords for them; `parenthesised` lists may be empty. */
export interface PermissionsNode {
  readonly kind: "permissions";
  readonly span: Span;
  readonly words: readonly WordNode[];
  readonly parenthesised: boolean;
}

export interface RuleBase {
  readonly span: Span;
  readonly prefix: PrefixNode;
}

export interface FileRuleNode extends RuleBase {
  readonly kind: "file";
  /** The `file` keyword is written. */
  readonly keyword: boolean;
  readonly safety: "safe" | "unsafe" | undefined;
  /** Absent in `file,` alone. */
  readonly path: WordNode | undefined;
  readonly permissions: WordNode | undefined;
  /** Permissions come before the path. */
  readonly leading: boolean;
  readonly subset: boolean;
  readonly target: WordNode | undefined;
}

export interface LinkRuleNode extends RuleBase {
  readonly kind: "link";
  readonly subset: boolean;
  readonly path: WordNode;
  readonly target: WordNode;
}

export interface ChangeProfileRuleNode extends RuleBase {
  readonly kind: "change_profile";
  readonly safety: "safe" | "unsafe" | undefined;
  readonly exec: WordNode | undefined;
  readonly target: WordNode | undefined;
}

export interface CapabilityRuleNode extends RuleBase {
  readonly kind: "capability";
  readonly names: readonly WordNode[];
}

/** All rules of the shape: permissions, operands, conditions, one group. Which of these may appear is for the checker to say. */
export interface ConditionRuleNode extends RuleBase {
  readonly kind: "network" | "unix" | "dbus" | "signal" | "ptrace" | "mqueue" | "io_uring" | "userns" | "all";
  readonly permissions: PermissionsNode | undefined;
  /** Bare words: family and type of network, the name of mqueue, `create` of userns is a permission. */
  readonly operands: readonly WordNode[];
  readonly conditions: readonly ConditionNode[];
  readonly group: ConditionGroupNode | undefined;
}

export interface MountRuleNode extends RuleBase {
  readonly kind: "mount";
  readonly verb: "mount" | "remount" | "umount" | "pivot_root";
  readonly conditions: readonly ConditionNode[];
  /** What comes before `->`: the source of a mount, the mount point of remount and umount, the new root of pivot_root. */
  readonly operand: WordNode | undefined;
  /** Conditions after `->`, always an error (2.6.8). */
  readonly targetConditions: readonly ConditionNode[];
  readonly target: WordNode | undefined;
}

export type RuleNode =
  | FileRuleNode
  | LinkRuleNode
  | ChangeProfileRuleNode
  | CapabilityRuleNode
  | ConditionRuleNode
  | MountRuleNode;

/** Text no rule of the grammar fits: kept, reported once, never in the way of what follows. */
export interface BrokenNode {
  readonly kind: "broken";
  readonly span: Span;
  /** A construct of a later version looks like `word … ,`; then this is the word. */
  readonly keyword: string | undefined;
}
