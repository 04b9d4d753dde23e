/**
 * In: a script of steps. Out: what a real Debian kernel, booted under QEMU, did with them; and Debian's own parser to compare with.
 * Must not know: profiles, policy bytes or any other part of the product; nothing in `src` imports this.
 */
export { bootLab, type GuestRequest, type LabSession, openLab } from "./boot.ts";
export { type LabReport, type StepResult, renderFeatureTree, resultOf } from "./report.ts";
export { APPARMOR_DIRECTORY, type CommandSettings, type GuestFile, type Step } from "./steps.ts";
export { walkTree } from "./cpio.ts";
export { withProc } from "./mounts.ts";
export { openLogReaders, openNotifier, openProfileTools, openOracle } from "./oracle.ts";
export { openSystem, type System, withCopy } from "./system.ts";
export { KERNEL_NAMES, type KernelName } from "./kernels.ts";
export { prepareLab } from "./prepare.ts";
export { type LabProblem, renderLabProblem } from "./problem.ts";
