/** The profile of a sandbox (tools 25.1): made from a template and what was asked for, and what the program needs to start; nothing else. */
import { type EasyWish, defaultPolicySettings, loadEasyprof, loadEngine, loadStartRules } from "../../../app/index.ts";
import { type Outcome, fail, ok } from "../../../foundation/basics/index.ts";
import { encodeBytes } from "../../../foundation/text/index.ts";
import { fileRefusalText } from "../../errno-texts.ts";
import type { CliIo } from "../../io.ts";
import { textsOf, wishOfOptions } from "../easyprof-wish.ts";
import { pathOf } from "../profile-directory.ts";
import type { ToolCall } from "../tool.ts";

/** A program that is to be run. */
export interface Program {
  /** Without links, as the kernel sees it. */
  readonly path: string;
  readonly calledAs: string;
  readonly args: readonly string[];
}

export interface Sandbox {
  readonly name: string;
  readonly text: string;
  readonly stream: Uint8Array;
}

const MOST_PROGRAM_BYTES = 1 << 30;
const MOST_NAME = 200;

/** `sandbox-USER_path_with_underscores`; the `count`th of that name that runs at once. */
export function sandboxName(user: string, path: string, count: number): string {
  const plain = `sandbox-${user}${path}`.replaceAll(/[^A-Za-z0-9_+.-]/g, "_").slice(0, MOST_NAME);
  return count === 1 ? plain : `${plain}.${count}`;
}

export function findProgram([calledAs = "", ...args]: readonly string[], io: CliIo): Outcome<Program, string> {
  const path = calledAs.includes("/") ? io.realPath(calledAs) : pathOf(calledAs, io);
  if (path === undefined) {
    if (!calledAs.includes("/")) return fail(`there is no program ${calledAs}: it is not in PATH`);
    const looked = io.files.status(calledAs);
    const why = looked.ok ? "a part of its path cannot be opened" : fileRefusalText(looked.error);
    return fail(`there is no program ${calledAs}: ${why}`);
  }
  const looked = io.files.status(path);
  if (!looked.ok) return fail(`${calledAs}: ${fileRefusalText(looked.error)}`);
  if (looked.value.kind !== "file")
    return fail(`${calledAs}: it is no program${looked.value.kind === "directory" ? ": Is a directory" : ""}`);
  return ok({ path, calledAs, args });
}

/** How the rules are called that come from no file. */
const OWN_GROUP = "(program)";

/** What is made once for a program: all but its name. */
export interface SandboxPlan {
  /** The profile under a name, compiled. */
  readonly under: (name: string) => Promise<Outcome<Sandbox, string>>;
}

interface PlanRequest {
  readonly program: Program;
  readonly template: string;
  /** Of the display, if it has one of its own. */
  readonly rules: readonly string[];
  readonly readPaths: readonly string[];
  /** The text form of the kernel's features. */
  readonly features: string;
}

async function startRules({ calledAs, path }: Program, io: CliIo): Promise<Outcome<readonly string[], string>> {
  const read = io.files.read(path, { mostBytes: MOST_PROGRAM_BYTES });
  if (!read.ok) return fail(`${calledAs}: ${fileRefusalText(read.error)}`);
  const rulesToStart = await loadStartRules();
  const find = (name: string): string | undefined => (name.startsWith("/") ? io.realPath(name) : pathOf(name, io));
  const rules = rulesToStart({ path, head: read.value.subarray(0, 4096), find });
  return rules === undefined ? fail(`${calledAs}: no rule of a profile can have this path`) : ok(rules);
}

export async function planSandbox(request: PlanRequest, call: ToolCall): Promise<Outcome<SandboxPlan, string>> {
  const { features, program, readPaths, rules, template } = request;
  const { all, io, value } = call;
  const own = await startRules(program, io);
  if (!own.ok) return own;
  const given = wishOfOptions(call);
  const wishUnder = (name: string): EasyWish => ({
    ...given,
    binary: undefined,
    profileName: name,
    template,
    readPaths: [...given.readPaths, ...readPaths],
  });
  const texts = await textsOf(wishUnder("sandbox-x"), call);
  if (!texts.ok) return texts;
  if (!texts.value.template.includes("###POLICYGROUPS###"))
    return fail(`the template ${template} has no place for the rules that ${program.path} needs to start`);
  const group = [...own.value, ...rules].map((rule) => `${rule}\n`).join("");
  const groups = new Map([...texts.value.groups, [OWN_GROUP, group] as const]);
  const engine = await loadEngine();
  const { renderWish } = await loadEasyprof();
  const base = value("base") ?? "/etc/apparmor.d";
  const settings = {
    ...defaultPolicySettings({ base, kernelFeatures: features, workingDirectory: io.workingDirectory }),
    includePath: all("Include"),
    // Templates name no ABI. What the kernel can refuse is refused here, unless a rule permits it.
    policyFeatures: { kind: "kernel" } as const,
  };
  const under: SandboxPlan["under"] = async (name) => {
    const wish = wishUnder(name);
    const named = { ...wish, policyGroups: [...wish.policyGroups, OWN_GROUP] };
    const text = `${renderWish(named, { template: texts.value.template, groups }).trimEnd()}\n`;
    const made = engine.compile({ path: "new", bytes: encodeBytes(text) }, settings, io.files);
    const wrong = made.diagnostics.find(({ severity }) => severity === "error");
    if (wrong !== undefined) return fail(`the profile would not compile: ${wrong.message}`);
    const [unit, ...others] = made.units;
    if (unit?.outline.name !== name || unit.outline.namespace !== undefined || others.length > 0)
      return fail(`the template ${template} makes other profiles than that of the sandbox`);
    return ok({ name, text, stream: unit.bytes });
  };
  return ok({ under });
}
