/**
 * Access lists and extended attributes, which Node has no calls for: GNU's `cp` copies them from one open file to the other, or says
 * that it cannot. Whether a file has any is not to be seen from outside, so that without such a `cp` no file that exists is replaced.
 */
import { Troubled } from "./errno.ts";
import type { System } from "./system.ts";
import { toolEnvironment, toolPath } from "./tools.ts";

const OPTIONS = ["--attributes-only", "--preserve=mode,xattr", "--"];
const HELD = ["/proc/self/fd/3", "/proc/self/fd/4"];

/** A file that is open, and what it is called where open files have no names: in a directory that nobody else may change. */
interface OpenFile {
  readonly descriptor: number;
  readonly path: string;
}

function refused(why: string): Troubled {
  return new Troubled("ENOTSUP", { kind: "attributes", why });
}

/** Copies all that is neither bytes nor owner nor time. */
export function copyAttributes(system: System, from: OpenFile, to: OpenFile, isHeld: boolean): void {
  const program = toolPath("cp", system);
  if (program === undefined) throw refused("there is no cp on this system");
  const environment = toolEnvironment(undefined);
  const argv = [...OPTIONS, ...(isHeld ? HELD : [from.path, to.path])];
  const descriptors = [from.descriptor, to.descriptor];
  const { status, errors } = system.run(program, argv, { descriptors, environment });
  if (status === 0 && errors === "") return;
  const [line = ""] = errors.split("\n");
  const isForeign = /unrecognized option|invalid option/.test(line);
  throw refused(isForeign ? `${program} is not GNU's (it is in the package coreutils)` : line || `${program} failed`);
}
