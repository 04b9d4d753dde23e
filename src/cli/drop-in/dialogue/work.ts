/** What the dialogues aa-logprof, aa-genprof and aa-mergeprof work with: where policy is, what it is compiled for, and how what was answered is written. */
import {
  type LearnResult,
  type LearnSession,
  type LearnedFile,
  type Learner,
  type PolicySettings,
  compileAndLoad,
  defaultPolicySettings,
  loadLearner,
  refusalText,
} from "../../../app/index.ts";
import { type Outcome, fail, ok } from "../../../foundation/basics/index.ts";
import type { FileRefusal, KernelPort } from "../../../foundation/ports/index.ts";
import { decodeBytes, displayText, encodeBytes } from "../../../foundation/text/index.ts";
import { packageDirectory } from "../../../service/index.ts";
import { fileRefusalText } from "../../errno-texts.ts";
import type { CliIo } from "../../io.ts";
import { directoryRefusalText, namedPath, undoDirectory } from "../../own-directory.ts";
import { isNoKernel, isWithoutAppArmor } from "../../without-apparmor.ts";
import type { ToolCall } from "../tool.ts";
import { mayBeMissed } from "../../missed-profiles.ts";
import type { Face } from "./asks.ts";
import { type DialogueConfig, readConfig } from "./config.ts";
import { jsonFace } from "./json-face.ts";
import { jsonLog, keepFile } from "./keep-file.ts";
import { textFace } from "./text-face.ts";

/** What a run works with. */
export interface Work {
  readonly call: ToolCall;
  readonly io: CliIo;
  readonly kernel: KernelPort;
  readonly config: DialogueConfig;
  readonly settings: PolicySettings;
  readonly learner: Learner;
}

export function refuse(io: CliIo, text: string): number {
  io.err(`\nERROR: ${displayText(text)}\n`);
  return 1;
}

/** The kernel's features; those of the newest one known where none is there to load into. */
function featuresOf(io: CliIo, kernel: KernelPort): Outcome<string, string> {
  const running = kernel.features();
  if (running.ok) return running;
  if (!isNoKernel(running.error)) return fail(refusalText(running.error));
  const newest = io.files.read(`${packageDirectory()}policy/abi/5.0`);
  return newest.ok ? ok(decodeBytes(newest.value)) : fail(fileRefusalText(newest.error));
}

export function absolute(path: string, io: CliIo): string {
  return path.startsWith("/") ? path : `${io.workingDirectory.replace(/\/+$/, "")}/${path}`;
}

/** Where policy is and what it is compiled for; or why there is nothing to work with. */
export async function openWork(call: ToolCall): Promise<Outcome<Work, string>> {
  const { io } = call;
  const read = readConfig(io.files, call.value("config"));
  if (!read.ok) return read;
  const config = read.value;
  const base = absolute(call.value("dir") ?? config.profileDirectory, io);
  const listing = io.files.list(base);
  if (!listing.ok) {
    const { errno } = listing.error;
    const why = errno === "ENOENT" || errno === "ENOTDIR" ? "" : `: ${fileRefusalText(listing.error)}`;
    return fail(`Can't find AppArmor profiles in ${base}${why}`);
  }
  const kernel = io.kernelAt({});
  const features = featuresOf(io, kernel);
  if (!features.ok) return features;
  const settings = defaultPolicySettings({
    base,
    kernelFeatures: features.value,
    workingDirectory: io.workingDirectory,
  });
  return ok({ call, io, kernel, config, settings, learner: await loadLearner() });
}

/** The same for a dialogue about what the kernel does: there must be AppArmor, unless the call says that it does not matter. */
export async function openLearningWork(call: ToolCall): Promise<Outcome<Work, string>> {
  if (isWithoutAppArmor(call.io.kernelAt({})) && !call.has("no-check")) {
    return fail("It seems AppArmor was not started. Please enable AppArmor and try again.");
  }
  return openWork(call);
}

/** Where a dialogue is held: in JSON where that is asked for, else in letters. */
export function faceOf({ call, config, io }: Work): Face {
  if (!call.has("json")) return textFace(io);
  const kept = config.keepsJson ? jsonLog() : undefined;
  const face = jsonFace(io, keepFile, typeof kept === "string" ? undefined : kept);
  if (typeof kept === "string") face.put({ kind: "important", text: `What is said is not kept: ${kept}` });
  return face;
}

/** Has a changed file take effect; what went wrong is said. Whether it has, or there is nothing to load it into (tools 2.7). */
export async function reload(
  { io, kernel, settings }: Pick<Work, "io" | "kernel" | "settings">,
  path: string,
  face: Face,
): Promise<boolean> {
  if (isWithoutAppArmor(kernel)) return true;
  const bytes = io.files.read(path);
  if (!bytes.ok) {
    face.put({ kind: "important", text: `${path} was not loaded: ${fileRefusalText(bytes.error)}` });
    return false;
  }
  const [done] = await compileAndLoad([{ path, bytes: bytes.value }], settings, { files: io.files, kernel });
  const problems = [
    ...(done?.source.diagnostics ?? []).filter(({ severity }) => severity === "error").map(({ message }) => message),
    ...(done?.loaded ?? []).flatMap(({ refusal }) => (refusal === undefined ? [] : [refusalText(refusal)])),
  ];
  for (const problem of problems) face.put({ kind: "important", text: `${path} was not loaded: ${problem}` });
  return problems.length === 0;
}

/** Writes files below another directory, under their own names. */
function writeElsewhere(elsewhere: string, files: readonly LearnedFile[], { io }: Work): readonly FileRefusal[] {
  const directory = absolute(elsewhere, io);
  const made = io.files.makeDirectory(directory, 0o700);
  if (!made.ok && made.error.errno !== "EEXIST") return [made.error];
  return files.flatMap((file) => {
    const path = `${directory}/${file.path.slice(file.path.lastIndexOf("/") + 1)}`;
    const written = io.files.write(path, encodeBytes(file.after ?? ""), { mode: 0o600 });
    return written.ok ? [] : [written.error];
  });
}

/** What was written of what was to be. */
interface Written {
  readonly files: readonly LearnedFile[];
  /** All of it, it is in force, and can be undone. */
  readonly isWhole: boolean;
}

/** Writes files in one go, so that they can be undone in one, and has what was written take effect. */
export async function writeAll(work: Work, files: readonly LearnedFile[], face: Face): Promise<Written> {
  const { call, io, learner } = work;
  for (const name of files.flatMap(({ profiles }) => profiles)) {
    face.put({ kind: "info", text: `Writing updated profile for ${name}.` });
  }
  const elsewhere = call.value("output");
  const history = files.length > 0 && elsewhere === undefined ? undoDirectory(io) : undefined;
  if (history?.ok === false) {
    face.put({ kind: "important", text: `This cannot be undone: ${directoryRefusalText(history.error)}` });
  }
  const refusals =
    elsewhere === undefined
      ? learner.write(files, io.files, history?.ok === true ? history.value : undefined)
      : writeElsewhere(elsewhere, files, work);
  for (const refusal of refusals) {
    face.put({ kind: "important", text: `${namedPath(io, refusal.path)}: ${fileRefusalText(refusal)}` });
  }
  const unwritten = new Set(refusals.flatMap(({ path, trouble }) => (trouble?.kind === "unconfirmed" ? [] : [path])));
  // What cannot be kept, to be undone, is not written at all; what goes elsewhere has another name there.
  const isKept = refusals.every(({ path }) => files.some((file) => file.path === path));
  const written = isKept ? files.filter(({ path }) => !unwritten.has(path)) : [];
  let isWhole = refusals.length === 0 && history?.ok !== false;
  if (elsewhere === undefined) for (const { path } of written) isWhole = (await reload(work, path, face)) && isWhole;
  return { files: written, isWhole };
}

/** Says of which files not all could be read. Whether events may have been passed over for that, since their profile seems not to be there. */
export function sayUnread({ unreadable, skipped }: LearnResult, face: Face): boolean {
  for (const { path, reason } of unreadable)
    face.put({ kind: "important", text: `Not all of ${path} can be read: ${reason}` });
  return mayBeMissed({ unreadable, skipped });
}

/** Takes all that is suggested, says what, and writes it. */
export async function takeAll(work: Work, session: LearnSession, face: Face): Promise<number> {
  const result = session.answerRest().result();
  for (const { candidates, covered, note, profile, taken } of result.proposals) {
    const chosen = candidates[taken ?? -1];
    if (chosen?.kind === "keep")
      face.put({ kind: "info", text: `Keeping ${chosen.reason} in profile ${profile}: ${note ?? ""}` });
    for (const rule of covered === undefined ? (chosen?.rules ?? []) : [])
      face.put({ kind: "info", text: `Adding ${rule.replaceAll(/\s+/g, " ")} to profile ${profile}.` });
  }
  for (const { path, problems } of result.files) {
    for (const problem of problems) face.put({ kind: "important", text: `${path} cannot be changed: ${problem}` });
  }
  const files = result.files.filter(({ before, after }) => after !== undefined && before !== after);
  const isUnread = sayUnread(result, face);
  const written = await writeAll(work, files, face);
  return written.isWhole && !isUnread && result.files.every(({ problems }) => problems.length === 0) ? 0 : 1;
}
