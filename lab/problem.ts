import { unreachable } from "../src/foundation/basics/index.ts";

/** Why the lab cannot do what was asked: the world refused, as data. */
export type LabProblem =
  | { readonly kind: "missing-tool"; readonly tool: string; readonly debianPackage: string }
  | { readonly kind: "not-root"; readonly what: string }
  | { readonly kind: "no-keyring"; readonly path: string }
  | { readonly kind: "no-index"; readonly suite: string; readonly mirror: string; readonly detail: string }
  | { readonly kind: "no-package"; readonly suite: string; readonly wanted: string }
  | { readonly kind: "command-failed"; readonly command: string; readonly detail: string }
  | { readonly kind: "boot-failed"; readonly kernel: string; readonly detail: string }
  | { readonly kind: "timed-out"; readonly kernel: string; readonly afterMs: number; readonly detail: string };

/** One message that says what is missing and how to get it. */
export function renderLabProblem(problem: LabProblem): string {
  switch (problem.kind) {
    case "missing-tool":
      return `the lab needs ${problem.tool}: install it with \`apt-get install ${problem.debianPackage}\`, or run \`node build/lab/main.js setup\` as root`;
    case "not-root":
      return `the lab needs root for ${problem.what}: run it as root (a container will do)`;
    case "no-keyring":
      return `the lab checks Debian's signatures with ${problem.path}, which is not there: install it with \`apt-get install debian-archive-keyring\``;
    case "no-index":
      return `the lab cannot read the package index of ${problem.suite} at ${problem.mirror}: it needs the network once (${problem.detail})`;
    case "no-package":
      return `Debian ${problem.suite} has no package ${problem.wanted} now: run \`node build/lab/main.js setup --refresh\` when the index may be old`;
    case "command-failed":
      return `\`${problem.command}\` failed: ${problem.detail}`;
    case "boot-failed":
      return `kernel ${problem.kernel} did not run the steps: ${problem.detail}`;
    case "timed-out":
      return `kernel ${problem.kernel} was stopped after ${problem.afterMs} ms: ${problem.detail}`;
    default:
      return unreachable(problem);
  }
}
