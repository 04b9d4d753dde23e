import { createHash } from "node:crypto";
import type { ClockPort, DigestPort } from "../foundation/ports/index.ts";

/** SHA-256 by Node. */
export const nodeDigest: DigestPort = {
  sha256: (...parts) => {
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);
    return hash.digest("hex");
  },
};

/** The process's own clock. */
export const nodeClock: ClockPort = { monotonicMs: () => performance.now() };
