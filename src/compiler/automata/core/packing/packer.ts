/** Rows in, tables out: what a table needs to become small. */
import { Comb } from "./comb.ts";
import { Differential } from "./differential.ts";
import { StoredRows } from "./stored-rows.ts";

export class Packer {
  /** What is to be packed, or made differential. */
  readonly rows: StoredRows = new StoredRows();
  readonly differential: Differential = new Differential();
  readonly comb: Comb = new Comb();

  /** Writes the same automaton with differential states into `differential.stored`. */
  encodeDifferential(): void {
    this.differential.run(this.rows);
  }

  /** Writes the tables into `comb`. */
  pack(): void {
    this.comb.pack(this.rows);
  }
}
