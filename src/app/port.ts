/** A profile's text for an older release of apparmor_parser, tried: it means there what the original would, but for what is reported. */
import { type Release, abiOf, portText } from "../analysis/port/index.ts";
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { Diagnostic } from "../foundation/diagnostics/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import { type SourceFile, encodeBytes, sourceFile, withoutTrailing } from "../foundation/text/index.ts";
import { parse } from "../language/syntax/index.ts";
import type { PolicySettings } from "./engine.ts";
import { type PolicyWorld, openWorld } from "./meaning-world.ts";
import { differenceOf } from "./world-difference.ts";

export { abiOf };

export interface PortRequest {
  readonly source: SourceFile;
  readonly release: Release;
  /** Features of the newest ABI of that release, as text. */
  readonly abi: string;
}

export interface PortedFile {
  /** `undefined` where something cannot be said; the diagnostics say what. */
  readonly text: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

const LOSSES: ReadonlySet<string> = new Set(["port/protection-lost", "port/access-lost"]);

/** The files of this system, and the feature file of the release where this system has none. */
function withAbi({ abi, release }: PortRequest, { base }: PolicySettings, files: FilesPort): FilesPort {
  const path = `${withoutTrailing(base, "/")}/abi/${abiOf[release]}`;
  if (files.kind(path) !== undefined) return files;
  return {
    ...files,
    read: (asked, options) => (asked === path ? ok(encodeBytes(abi)) : files.read(asked, options)),
    kind: (asked) => (asked === path ? "file" : files.kind(asked)),
  };
}

/** Errors: a file that is wrong as it is, or a text that does not hold up; in words. */
export function portFile(
  request: PortRequest,
  settings: PolicySettings,
  system: FilesPort,
): Outcome<PortedFile, string> {
  const { abi, release, source } = request;
  const files = withAbi(request, settings, system);
  const here = openWorld([], settings, files);
  const before = here.read(source);
  if (typeof before === "string") return fail(before);
  const isSame = (text: string): boolean => {
    const after = here.read(sourceFile(source.path, text));
    return typeof after !== "string" && differenceOf(before, after) === undefined;
  };
  const ported = portText(parse(source), release, isSame);
  if (ported.text === undefined) return ok(ported);
  const features = { kind: "text", text: abi } as const;
  const there = openWorld([], { ...settings, kernelFeatures: abi, policyFeatures: features, overrideAbi: true }, files);
  const wrong = tryThere(there, source, ported.text);
  const isLoss = ported.diagnostics.some(({ code }) => LOSSES.has(code));
  return wrong === undefined || (isLoss && wrong.isDifference) ? ok(ported) : fail(wrong.message);
}

function tryThere(
  world: PolicyWorld,
  source: SourceFile,
  text: string,
): { readonly message: string; readonly isDifference: boolean } | undefined {
  const first = world.read(source);
  const second = world.read(sourceFile(source.path, text));
  if (typeof second === "string") return { message: second, isDifference: false };
  // What cannot be compiled for the older ABI as it is cannot be compared.
  const found = typeof first === "string" ? undefined : differenceOf(first, second);
  return found === undefined ? undefined : { message: found, isDifference: true };
}
