/** Why a text is not a pattern. The kinds are those of policy-language 3.9: re.class, re.brace, re.depth, re.trail, re.syntax. */
export interface GlobProblem {
  readonly kind: "class" | "brace" | "depth" | "trailing-escape" | "syntax";
  /** What is wrong there, lower case, no full stop. */
  readonly reason: string;
  /** Where in the text, in UTF-16 units. */
  readonly offset: number;
  /** ORACLE 5.0.2: where a conversion that failed is used nevertheless, the pattern it goes on with. */
  readonly remainder?: string;
}
