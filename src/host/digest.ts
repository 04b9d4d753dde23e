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
    const hash = loadCrypto().createHash("sha256");
    for (const part of parts) hash.update(part);
    return hash.digest("hex");
  },
};

/** The process's own clock. */
export const nodeClock: ClockPort = { monotonicMs: () => Number(process.hrtime.bigint()) / 1e6 };
