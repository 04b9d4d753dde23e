/** 256 bits, byte b is bit b & 31 of number b >> 5. Numbers are unsigned (`>>> 0`). Length 8. */
export type ByteSet = Uint32Array;

/** What a pattern matches; the whole input must match. */
export type GlobNode =
  | { readonly kind: "literal"; readonly bytes: Uint8Array }
  | { readonly kind: "set"; readonly set: ByteSet; readonly negated: boolean }
  | { readonly kind: "sequence"; readonly parts: readonly GlobNode[] }
  | { readonly kind: "alternative"; readonly branches: readonly GlobNode[] }
  /** Any number of the set's bytes, also none. */
  | { readonly kind: "star"; readonly set: ByteSet; readonly negated: boolean };
