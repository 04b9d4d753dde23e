/** Time and digests, which pure code is handed. */
export interface ClockPort {
  /** Milliseconds since some fixed moment; never goes back. */
  readonly monotonicMs: () => number;
}

/** SHA-256. */
export interface DigestPort {
  /** 64 hexadecimal digits. A text counts as the bytes that it stands for (`encodeBytes`): names and policy need be no UTF-8. */
  readonly sha256: (...parts: readonly (Uint8Array | string)[]) => string;
}
