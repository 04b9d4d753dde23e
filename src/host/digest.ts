import type * as Crypto from "node:crypto";
import { createRequire } from "node:module";
import type { ClockPort, DigestPort } from "../foundation/ports/index.ts";
import { encodeBytes } from "../foundation/text/index.ts";

// COST: loading node:crypto takes 3 ms of the 60 that Node needs to start, and most runs digest nothing.
const nodeRequire = createRequire("/");
let crypto: typeof Crypto | undefined;

function loadCrypto(): typeof Crypto {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `require` gives for this name
  return (crypto ??= nodeRequire("node:crypto") as typeof Crypto);
}

/** SHA-256 by Node. */
export const nodeDigest: DigestPort = {
  sha256: (...parts) => {
    const { createHash, hash: atOnce } = loadCrypto();
    // COST: a short text takes a quarter of the time in one call. Nodes before 20.12 have none.
    const [only] = parts;
    const isText = parts.every((part) => typeof part === "string");
    const whole = parts.length === 1 ? only : isText ? parts.join("") : undefined;
    if (whole !== undefined && typeof atOnce === "function") return atOnce("sha256", digestible(whole));
    const hash = createHash("sha256");
    for (const part of parts) hash.update(digestible(part));
    return hash.digest("hex");
  },
};

/** INVARIANT: to Node all bytes that are no UTF-8 are one character, so that texts which differ in these alone would have one digest. */
function digestible(part: Uint8Array | string): Uint8Array | string {
  return typeof part === "string" && !part.isWellFormed() ? encodeBytes(part) : part;
}

/** The process's own clock. */
export const nodeClock: ClockPort = { monotonicMs: () => Number(process.hrtime.bigint()) / 1e6 };
