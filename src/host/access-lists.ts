/**
 * Access lists and extended attributes, which Node has no calls for: GNU's `cp` copies them from one open file to the other, or says
 * that it cannot. Whether a file has any is not to be seen from outside, so that without such a `cp` no file that exists is replaced.
 */
import { Troubled } from "./errno.ts";
import type { System } from "./system.ts";
import { toolEnvironment, toolPath } from "./tools.ts";

const ARGV = ["--attributes-only", "--preserve=mode,xattr", "--", "/proc/self/fd/3", "/proc/self/fd/4"];

function refused(why: string): Troubled {
  return new Troubled("ENOTSUP", { kind: "attributes", why });
}

/** Copies all that is neither bytes nor owner nor time. */
export function copyAttributes(system: System, from: number, to: number): void {
  const program = toolPath("cp", system);
  if (program === undefined) throw refused("there is no cp on this system");
  const environment = toolEnvironment(undefined);
  const { status, errors } = system.run(program, ARGV, { descriptors: [from, to], environment });
  if (status === 0 && errors === "") return;
  const [line = ""] = errors.split("\n");
  const isForeign = /unrecognized option|invalid option/.test(line);
  throw refused(isForeign ? `${program} is not GNU's (it is in the package coreutils)` : line || `${program} failed`);
}
