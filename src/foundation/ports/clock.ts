/** Time and digests, which pure code is handed. */
export interface ClockPort {
  /** Milliseconds since some fixed moment; never goes back. */
  readonly monotonicMs: () => number;
}

/** SHA-256. */
export interface DigestPort {
  /** 64 hexadecimal digits. */
  readonly sha256: (...parts: readonly (Uint8Array | string)[]) => string;
}
