/** What a contract case is. */

export type Expected = string | RegExp;

export interface Step {
  readonly argv: readonly string[];
  readonly stdin?: string;
  /** Done before the step, in a shell, in the case's directory. */
  readonly before?: string;
  readonly status: number;
  /** Exactly this text, or something like it; by default nothing is asked. */
  readonly out?: Expected;
  readonly err?: Expected;
  /** Done after the step in a shell; must succeed. */
  readonly after?: string;
}

export interface ContractCase {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly only?: "ours";
  /** Needs `/proc`, which Debian's parser writes its cache through. */
  readonly cache?: true;
}
