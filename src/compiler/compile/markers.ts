/** The patterns that make a kernel mediate a class: the class byte alone (compile-semantics 3.1). */
import type { CompileTarget } from "../../language/features/index.ts";
import type { GlobNode } from "../../language/globs/index.ts";
import type { ProfileMode } from "../../language/model/index.ts";
import { MediationClass } from "../compiled/index.ts";
import type { RuleContext } from "./context.ts";
import { bytes } from "./pattern.ts";

/** Any bit would do: a kernel only asks whether the byte of the class leads anywhere. */
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
export function emitMarkers(context: RuleContext, mode: ProfileMode): void {
  const isOpen = mode === "unconfined" || mode === "default_allow";
  context.shared(`markers ${isOpen}`, undefined, (shared) => {
    const { target } = shared;
    if (target.userns) emitMarker(shared, bytes(MediationClass.userns), LOWEST);
    if (isOpen) return;
    for (const pattern of highMarkers(target)) emitMarker(shared, pattern, HIGHEST);
    if (target.ioUring) emitMarker(shared, bytes(MediationClass.ioUring), LOWEST);
  });
}

/** ORACLE 5.0.2: the markers below a network class end in the digit one, not in AF_UNIX (compile-semantics D2). */
function highMarkers(target: CompileTarget): GlobNode[] {
  const wanted: readonly (readonly [boolean, readonly number[]])[] = [
    [target.abi > 5, [MediationClass.file]],
    [target.mount, [MediationClass.mount]],
    [target.dbus, [MediationClass.dbus]],
    [target.signal, [MediationClass.signal]],
    [target.ptrace, [MediationClass.ptrace]],
    [target.networkV8, [MediationClass.networkV8]],
    [target.skb, [MediationClass.skb]],
    [target.unix === "v9", [MediationClass.networkV9]],
    [target.unix === "v9", [MediationClass.networkV9, 0x00, 0x31]],
    [target.oldUnixMarker, [MediationClass.networkOld]],
    [target.oldUnixMarker, [MediationClass.networkOld, 0x00, 0x31]],
    [target.posixMqueue, [MediationClass.posixMqueue]],
    [target.sysvMqueue, [MediationClass.sysvMqueue]],
  ];
  return wanted.filter(([on]) => on).map(([, values]) => bytes(...values));
}
