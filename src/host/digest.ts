import type * as Crypto from "node:crypto";
import { createRequire } from "node:module";
import type { ClockPort, DigestPort } from "../foundation/ports/index.ts";

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
    // COST: the names of entries take a quarter of the time in one call.
    if (atOnce !== undefined && parts.every((part) => typeof part === "string"))
      return atOnce("sha256", parts.join(""));
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);
    return hash.digest("hex");
  },
};

/** The process's own clock. */
export const nodeClock: ClockPort = { monotonicMs: () => Number(process.hrtime.bigint()) / 1e6 };
