/** Who includes a file that is no policy by itself: the profiles of the directory are read, by their headers, until one comes to it. */
import { type PolicySettings, skippedHere } from "../../app/index.ts";
import { plainPath } from "../../foundation/text/index.ts";
import type { CompilePool } from "../../service/index.ts";
import type { Invocation } from "./command.ts";

/** Where files are that profiles include in their bodies. */
const INCLUDED = ["abstractions", "local"];

/** Gives a profile of the base directory that includes a file below its `abstractions/` or `local/`, also by way of others; `undefined`: none does. */
export type FindIncluder = (path: string) => Promise<Includer | undefined>;

/** A profile, as it was when it was found to include the file. */
export interface Includer {
  readonly path: string;
  readonly bytes: Uint8Array;
}

interface Read {
  readonly profile: Includer;
  /** What was read for it. */
  readonly files: ReadonlySet<string>;
}

export function includersIn(policy: PolicySettings, pool: Pick<CompilePool, "run">, { io }: Invocation): FindIncluder {
  const whole = (path: string): string => plainPath(path.startsWith("/") ? path : `${io.workingDirectory}/${path}`);
  const top = whole(policy.base);
  // COST: of many files that are included each profile is read once, and none before it is asked for.
  const read: Read[] = [];
  let profiles: readonly string[] | undefined;
  const readNext = async (): Promise<Read | undefined> => {
    const path = profiles?.[read.length];
    if (path === undefined) return undefined;
    const bytes = io.files.read(path);
    const profile = { path, bytes: bytes.ok ? bytes.value : new Uint8Array() };
    const next = { profile, files: new Set((await filesOf(profile)).map(whole)) };
    read.push(next);
    return next;
  };
  const filesOf = async (source: Includer): Promise<readonly string[]> => {
    for await (const result of pool.run([{ ...source, policy, goal: "outline", observe: false }]))
      return result.source.files;
    return [];
  };
  return async (path) => {
    const meant = whole(path);
    if (!INCLUDED.some((directory) => meant.startsWith(`${top}/${directory}/`))) return undefined;
    profiles ??= profilesIn(policy.base, io);
    const known = read.find(({ files }) => files.has(meant));
    if (known !== undefined) return known.profile;
    for (let next = await readNext(); next !== undefined; next = await readNext())
      if (next.files.has(meant)) return next.profile;
    return undefined;
  };
}

function profilesIn(base: string, { files }: Invocation["io"]): readonly string[] {
  const listed = files.list(base);
  const entries = (listed.ok ? listed.value : []).filter(({ kind }) => kind === "file");
  return entries.flatMap(({ name }) => (skippedHere(name) === undefined ? [`${base}/${name}`] : [])).toSorted();
}
