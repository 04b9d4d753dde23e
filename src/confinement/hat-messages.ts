/** What the two sides of a worker in a hat say to each other. */
import type { ConfinementRefusal } from "./refusals.ts";

/** What a worker is started with. */
export interface WorkerOrder {
  readonly hat: string;
  /** The module's address. */
  readonly module: string;
}

/** A job. */
export interface JobMessage {
  readonly name: string;
  readonly arguments: readonly unknown[];
}

/** What became of the start, and of each job. */
export type WorkerMessage =
  | { readonly kind: "ready"; readonly tid: number; readonly label: string }
  | { readonly kind: "refused"; readonly refusal: ConfinementRefusal }
  | { readonly kind: "not-loaded"; readonly reason: string }
  | { readonly kind: "done"; readonly value: unknown }
  | { readonly kind: "failed"; readonly error: unknown };
