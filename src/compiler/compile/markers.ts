/** The patterns that make a kernel mediate a class: the class byte alone (compile-semantics 3.1). */
import type { CompileTarget } from "../../language/features/index.ts";
import type { GlobNode } from "../../language/globs/index.ts";
import type { ProfileMode } from "../../language/model/index.ts";
import type { RuleContext } from "./context.ts";
import { bytes } from "./pattern.ts";

const MEDIATES = 0x4;
/** Above and below every priority a user can write. */
const HIGHEST = 1001;
const LOWEST = -1001;

/** Makes a class mediated, whatever the rules say. */
export function emitMarker(context: Pick<RuleContext, "emit">, pattern: GlobNode, priority: number): void {
  const shared = { table: "policydb", mode: "allow", audit: 0, origin: undefined } as const;
  context.emit({ ...shared, pattern, priority, permissions: MEDIATES });
}

/** Emits the markers of every class that kernel and policy know. */
export function emitMarkers(context: Pick<RuleContext, "emit" | "target">, mode: ProfileMode): void {
  const { target } = context;
  if (target.userns) emitMarker(context, bytes(0x15), LOWEST);
  if (mode === "unconfined" || mode === "default_allow") return;
  for (const pattern of highMarkers(target)) emitMarker(context, pattern, HIGHEST);
  if (target.ioUring) emitMarker(context, bytes(0x16), LOWEST);
}

/** ORACLE 5.0.2: the markers below a network class end in the digit one, not in AF_UNIX (compile-semantics D2). */
function highMarkers(target: CompileTarget): GlobNode[] {
  const wanted: readonly (readonly [boolean, readonly number[]])[] = [
    [target.abi > 5, [0x02]],
    [target.mount, [0x07]],
    [target.dbus, [0x20]],
    [target.signal, [0x0a]],
    [target.ptrace, [0x09]],
    [target.networkV8, [0x0e]],
    [target.skb, [0x1e]],
    [target.unix === "v9", [0x0f]],
    [target.unix === "v9", [0x0f, 0x00, 0x31]],
    [target.oldUnixMarker, [0x04]],
    [target.oldUnixMarker, [0x04, 0x00, 0x31]],
    [target.posixMqueue, [0x11]],
    [target.sysvMqueue, [0x12]],
  ];
  return wanted.filter(([on]) => on).map(([, values]) => bytes(...values));
}
