/** What a kernel holds of policy: names, and digests of what was decoded for them. It takes all of a write, or refuses all of it. */
import { createHash } from "node:crypto";
import { decodePolicy } from "../../../src/compiler/policydb/index.ts";
import { decodeBytes } from "../../../src/foundation/text/index.ts";
import { systemError } from "../../support/hooked-system.ts";

export type PolicyOperation = ".load" | ".replace" | ".remove";

export interface SimulatedPolicy {
  /** Profiles by name, what is loaded of them as a digest. */
  readonly loaded: Map<string, string>;
  /** One write. Errors: throws as the call would. */
  readonly submit: (operation: PolicyOperation, bytes: Uint8Array) => void;
}

function digest(value: unknown): string {
  const plain = JSON.stringify(value, (_, part: unknown) =>
    typeof part === "bigint"
      ? `${part}n`
      : ArrayBuffer.isView(part)
        ? [part.constructor.name, [...new Uint8Array(part.buffer, part.byteOffset, part.byteLength)]]
        : part,
  );
  return createHash("sha256").update(plain).digest("hex");
}

type Decoded = ReadonlyMap<string, string> | undefined;

const decoded = new Map<string, Decoded>();

/** The profiles of a stream; nothing when a kernel would not take it. */
function decode(bytes: Uint8Array): Decoded {
  const key = createHash("sha256").update(bytes).digest("hex");
  if (!decoded.has(key)) {
    const policy = decodePolicy(bytes);
    const profiles = policy.ok ? policy.value.profiles.map((profile) => [profile.name, digest(profile)] as const) : [];
    decoded.set(key, profiles.length === 0 ? undefined : new Map(profiles));
  }
  return decoded.get(key);
}

export function simulatedPolicy(before: ReadonlyMap<string, string>): SimulatedPolicy {
  const loaded = new Map(before);
  const remove = (bytes: Uint8Array): void => {
    const name = decodeBytes(bytes).replace(/\0$/, "");
    if (!loaded.delete(name)) throw systemError("ENOENT");
    for (const other of loaded.keys()) if (other.startsWith(`${name}//`)) loaded.delete(other);
  };
  return {
    loaded,
    submit: (operation, bytes) => {
      if (operation === ".remove") {
        remove(bytes);
        return;
      }
      const profiles = decode(bytes);
      if (profiles === undefined) throw systemError("EPROTO");
      const isThere = [...profiles.keys()].some((name) => loaded.has(name));
      if (operation === ".load" && isThere) throw systemError("EEXIST");
      for (const [name, what] of profiles) loaded.set(name, what);
    },
  };
}
