import type { PolicySettings } from "./engine.ts";

/**
 * Settings for most uses: nothing forced, nothing overridden, tables as the kernel knows them best.
 *
 * @example
 * defaultPolicySettings({ base: "/pol", kernelFeatures: "", workingDirectory: "/", policyFeatures: { kind: "kernel" } }).overrideAbi; // false
 */
export function defaultPolicySettings(
  given: Partial<PolicySettings> & Pick<PolicySettings, "base" | "kernelFeatures" | "workingDirectory">,
): PolicySettings {
  return {
    includePath: [],
    policyFeatures: { kind: "default" },
    overrideAbi: false,
    namespace: undefined,
    forceComplain: false,
    readImpliesExec: false,
    encoding: {},
    ...given,
  };
}
