/** What a decoding carries along: the reader, the first thing that could not be read, and what single kernels would refuse. */
import { StreamReader } from "./reader.ts";
import { type KernelGeneration, kernelGenerations, type Refusal, type RefusalKind } from "./refusals.ts";

/** One walk over one stream. After `failure` is set nothing that was read counts. */
export class Decoding {
  readonly reader: StreamReader;
  readonly notes: Refusal[] = [];
  failure: Refusal | undefined;
  /** No kernel minds, we cannot represent it. */
  unsupported: Refusal | undefined;
  readonly #afterwards: Refusal[] = [];
  profile: string | undefined;

  constructor(bytes: Uint8Array) {
    this.reader = new StreamReader(bytes);
  }

  /** The stream cannot be read further: no kernel takes it. Gives undefined, for `return decoding.fail(...)`. */
  fail(kind: RefusalKind, message: string, offset: number = this.reader.position): undefined {
    this.failure ??= { kind, offset, profile: this.profile, message, kernels: kernelGenerations };
    return undefined;
  }

  /** Readable, but these kernels refuse it. */
  note(kind: RefusalKind, message: string, kernels: readonly KernelGeneration[] = kernelGenerations): void {
    this.notes.push({ kind, offset: this.reader.position, profile: this.profile, message, kernels });
  }

  /** As `note`, for what kernels look at only when the whole profile could be read. */
  noteAfterwards(kind: RefusalKind, message: string, kernels: readonly KernelGeneration[] = kernelGenerations): void {
    this.#afterwards.push({ kind, offset: this.reader.position, profile: this.profile, message, kernels });
  }

  /** The profile could be read to its end. */
  endProfile(): void {
    this.notes.push(...this.#afterwards.splice(0));
    this.profile = undefined;
  }

  /** Kernels read on; what we make of it must not be used. */
  cannotHold(message: string, offset: number): void {
    this.unsupported ??= { kind: "unsupported", offset, profile: this.profile, message, kernels: [] };
  }
}
