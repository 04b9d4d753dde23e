import type { AppCheck, AppInstalled, AppListed, AppPlan, AppProblem, AppRemoved, AppWorld } from "../../app/index.ts";
import { loadApps, loadEngine, loadUnits, refusalText } from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { nodeSystem, startedConfinement } from "../../host/index.ts";
import { errnoText, fileRefusalText } from "../errno-texts.ts";
import {
  type Command,
  EXIT,
  type Invocation,
  baseDirectory,
  baseOption,
  choiceError,
  printJson,
  usageError,
} from "./command.ts";
import { paint } from "./paint.ts";
import { newestFeatures } from "./policy-options.ts";
import { anyText, oneOf } from "./value-types.ts";

interface AppCall extends Invocation {
  readonly apps: Awaited<ReturnType<typeof loadApps>>;
  readonly world: AppWorld;
  /** The program's. */
  readonly path: string;
}

const ACTIONS = ["plan", "install", "verify", "remove", "status"] as const;
const ABIS = ["3.0", "4.0", "5.0"] as const;

/** In words; what the kernel refuses, it refuses of a profile. */
function problemText(problem: AppProblem, profile?: string): string {
  if (typeof problem === "string") return problem;
  if (!("kind" in problem)) return `${problem.path}: ${fileRefusalText(problem)}`;
  return `${profile === undefined ? "" : `${profile}: `}${refusalText(problem)}`;
}

/** The path of the tree without links, as its own system sees it. */
function realPathIn(call: Invocation): AppWorld["realPath"] {
  const root = call.root === undefined ? "" : (call.io.realPath(call.root) ?? call.root).replace(/\/+$/, "");
  return (path) => {
    const real = call.io.realPath(`${root}${path}`);
    return real?.startsWith(`${root}/`) === true ? real.slice(root.length) : undefined;
  };
}

async function worldOf(call: Invocation): Promise<Outcome<AppWorld, string>> {
  const { io, root } = call;
  const newest = newestFeatures(call);
  if (!newest.ok) return newest;
  const kernel = io.kernelAt(root === undefined ? {} : { root });
  return ok({
    engine: await loadEngine(),
    files: io.files,
    kernel,
    load: (units) => loadUnits(units, { kernel, how: "replace" }).flatMap(({ refusal }) => refusal ?? []),
    base: baseDirectory(call),
    workingDirectory: io.workingDirectory,
    isImage: root !== undefined && root !== "/",
    realPath: realPathIn(call),
    newestFeatures: newest.value,
  });
}

/** The absolute path that an operand means, without detours; a program of a tree is named as the tree names it. */
function programPath(operand: string, { io, root }: Invocation): string {
  const whole = operand.startsWith("/") || root !== undefined ? operand : `${io.workingDirectory}/${operand}`;
  const parts: string[] = [];
  for (const part of whole.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return whole.startsWith("/") ? `/${parts.join("/")}${/\/\.{0,2}$/.test(whole) ? "/" : ""}` : whole;
}

const DECISIONS: Readonly<Record<AppPlan["decision"], string>> = {
  install: "gets a profile of its own",
  "as-before": "has its profile already",
  "not-needed": "needs no profile",
  refused: "gets no profile",
};

function shownPlan(action: string, plan: AppInstalled, isDryRun: boolean): object {
  const { decision, file, path, profile, text } = plan;
  return {
    action,
    ok: decision !== "refused",
    dryRun: isDryRun,
    decision,
    path,
    name: profile?.name ?? null,
    abi: profile?.abi ?? null,
    file: file ?? null,
    text: text ?? null,
    changed: plan.changed,
    loaded: plan.loaded ?? null,
    reasons: plan.reasons.map((one) => problemText(one, profile?.name)),
    notes: plan.notes,
  };
}

/** What became of it, for a person. */
function printPlan(plan: AppInstalled, isDryRun: boolean, call: Invocation): void {
  const { decision, file, path, profile, reasons, text } = plan;
  const out = (line: string): void => call.io.out(`${displayText(line)}\n`);
  for (const note of plan.notes) call.io.err(`note: ${displayText(note)}\n`);
  const head = [`${displayText(path)} `, paint(DECISIONS[decision], decision === "refused" ? "error" : "good"), "\n"];
  if (decision === "refused") {
    call.io.err(head);
    for (const reason of reasons) call.io.err(`armorer app: ${displayText(problemText(reason, profile?.name))}\n`);
    return;
  }
  call.io.out(head);
  for (const reason of reasons) out(`  ${problemText(reason)}`);
  if (profile === undefined || file === undefined || text === undefined) return;
  const will = isDryRun && decision === "install" ? "would be written" : plan.changed ? "was written" : "is there";
  out(`  \`${profile.name}\`, ABI ${profile.abi}: ${file} ${will}`);
  if (isDryRun && decision === "install") {
    for (const line of text.trimEnd().split("\n")) out(line === "" ? "" : `    ${line}`);
    out("Nothing was changed.");
  } else if (plan.loaded === true)
    out("  the kernel has it; programs that run already keep what they have until they are started again");
  else if (!isDryRun) out("  it is not loaded, for no AppArmor is running there");
}

function install(action: string, call: AppCall): number {
  const { apps, path, world } = call;
  const isDryRun = action === "plan" || call.has("dry-run");
  const abi = ABIS.find((one) => one === call.value("abi"));
  const wish = { path, name: call.value("name"), abi };
  const plan: AppInstalled = isDryRun
    ? { ...apps.planApp(wish, world), changed: false, loaded: undefined }
    : apps.installApp(wish, world);
  if (call.json) printJson(call.io, "armorer/app/1", shownPlan(action, plan, isDryRun));
  else printPlan(plan, isDryRun, call);
  return plan.decision === "refused" ? EXIT.bad : EXIT.fine;
}

function remove(call: AppCall): number {
  const isDryRun = call.has("dry-run");
  const removed: AppRemoved = call.apps.removeApp(call.path, call.world, isDryRun);
  const { changed, decision, file, profile } = removed;
  const isFine = decision !== "refused";
  const reasons = removed.reasons.map((one) => problemText(one, profile?.name));
  if (call.json) {
    const names = { path: removed.path, name: profile?.name ?? null, file: file ?? null };
    printJson(call.io, "armorer/app/1", {
      action: "remove",
      ok: isFine,
      dryRun: isDryRun,
      decision,
      ...names,
      changed,
      unloaded: removed.unloaded ?? null,
      reasons,
    });
  } else if (!isFine) {
    for (const reason of reasons) call.io.err(`armorer app: ${displayText(reason)}\n`);
  } else if (decision === "nothing-there") {
    call.io.out(`${displayText(removed.path)} has no profile that \`armorer app\` wrote; nothing was changed\n`);
  } else {
    const name = `\`${profile?.name ?? ""}\``;
    const kernel = isDryRun
      ? `, and ${name} unloaded`
      : removed.unloaded === true
        ? `, and ${name} is unloaded`
        : `; ${name} was not loaded`;
    const rest = call.world.isImage ? "" : kernel;
    call.io.out(`${displayText(`${file ?? ""} ${isDryRun ? "would be" : "is"} removed${rest}`)}\n`);
  }
  return isFine ? EXIT.fine : EXIT.bad;
}

async function start(path: string): Promise<Outcome<{ pid: number; label: string; mode: string | undefined }, string>> {
  const started = await startedConfinement(path, ["--version"], nodeSystem);
  return started.ok ? started : fail(`${path} cannot be started to be looked at: ${errnoText(started.error)}`);
}

const MARKS = { true: ["yes", "good"], false: ["NO", "error"], undefined: ["?", "info"] } as const;

function printCheck({ ok: isFine, text, what }: AppCheck, call: Invocation): void {
  const [word, style] = MARKS[`${isFine ?? "undefined"}`];
  call.io.out([`  ${what.padEnd(10)}  `, paint(word.padEnd(3), style), `  ${displayText(text)}\n`]);
}

const VERDICTS = {
  confirmed: "runs under its profile",
  unseen: "would run under its profile, as far as can be seen; start it, or add --start",
  wrong: "does not run under its profile, or not everywhere",
} as const;

async function verify(call: AppCall): Promise<number> {
  const { apps, path, world } = call;
  const processes = call.io.processesAt(call.root === undefined ? {} : { root: call.root });
  const isStarted = call.has("start") && !world.isImage;
  const verified = await apps.verifyApp(path, { ...world, processes, ...(isStarted && { start }) });
  const { checks, profile, verdict } = verified;
  if (call.json) {
    const shown = checks.map((one) => ({ ...one, ok: one.ok ?? null }));
    const names = { path: verified.path, name: profile?.name ?? null };
    printJson(call.io, "armorer/app/1", {
      action: "verify",
      ok: verdict === "confirmed",
      verdict,
      ...names,
      checks: shown,
    });
  } else {
    call.io.out(
      `${displayText(verified.path)} ${profile === undefined ? "has no profile of its own" : VERDICTS[verdict]}\n`,
    );
    for (const check of checks) printCheck(check, call);
  }
  return { confirmed: EXIT.fine, unseen: EXIT.usage, wrong: EXIT.bad }[verdict];
}

function stateText(app: AppListed): string {
  const words = [
    app.loaded === undefined ? "" : app.loaded ? "loaded" : "not loaded",
    app.state === "enabled" ? "" : app.state === "disabled" ? "switched off" : "made to complain",
    app.isUnchanged ? "" : "changed by hand",
    app.isThere ? "" : "the program is gone",
  ];
  return words.filter((word) => word !== "").join(", ");
}

function status(call: AppCall): number {
  const listed = call.apps.listApps(call.world);
  if (!listed.ok) {
    call.io.err(`armorer app: ${displayText(problemText(listed.error))}\n`);
    return EXIT.bad;
  }
  const { apps: found, skipped } = listed.value;
  const problems = skipped.map(({ path, reason, refusal }) =>
    refusal === undefined
      ? `${path} is no policy any more: ${reason}`
      : `what ${path} says cannot be read: ${fileRefusalText(refusal)}`,
  );
  if (call.json) {
    const shown = found.map((app) => ({ ...app, loaded: app.loaded ?? null }));
    printJson(call.io, "armorer/app/1", { action: "status", ok: problems.length === 0, apps: shown, problems });
  } else {
    if (found.length === 0) call.io.out("No program has a profile that `armorer app` wrote.\n");
    for (const app of found) {
      const state = stateText(app);
      call.io.out(`${displayText(`${app.path}: \`${app.name}\` in ${app.file}${state === "" ? "" : `: ${state}`}`)}\n`);
    }
  }
  for (const problem of problems) call.io.err(`armorer app: ${displayText(problem)}\n`);
  return problems.length === 0 ? EXIT.fine : EXIT.bad;
}

async function run(call: Invocation): Promise<number> {
  const [action = "", operand, ...others] = call.operands;
  if (!ACTIONS.some((one) => one === action)) {
    return choiceError(call.io, "app", call.operands[0], ACTIONS);
  }
  const isPathless = action === "status";
  if (others.length > 0 || isPathless !== (operand === undefined)) {
    return usageError(
      call.io,
      "app",
      isPathless ? "`status` takes no path" : `\`${action}\` takes the path of one program`,
    );
  }
  const problem = optionProblem(action, call) ?? nameProblem(operand, call);
  if (problem !== undefined) return usageError(call.io, "app", problem);
  const world = await worldOf(call);
  if (!world.ok) {
    call.io.err(`armorer app: ${displayText(world.error)}\n`);
    return EXIT.bad;
  }
  const full = { ...call, world: world.value, apps: await loadApps(), path: programPath(operand ?? "", call) };
  if (action === "status") return status(full);
  if (action === "verify") return await verify(full);
  return action === "remove" ? remove(full) : install(action, full);
}

/** Who names a program as a shell finds it is told what is wanted: it would be taken for a file of the working directory. */
function nameProblem(operand: string | undefined, { io, root }: Invocation): string | undefined {
  if (operand === undefined || operand.includes("/") || root !== undefined || operand === "") return undefined;
  if (io.files.kind(`${io.workingDirectory}/${operand}`) !== undefined) return undefined;
  return `takes the path of a program, and \`${operand}\` is none; \`command -v ${operand}\` may know it`;
}

const WHERE: Readonly<Record<string, readonly string[]>> = {
  abi: ["plan", "install"],
  name: ["plan", "install"],
  "dry-run": ["plan", "install", "remove"],
  start: ["verify"],
};

/** An option that would do nothing. */
function optionProblem(action: string, call: Invocation): string | undefined {
  const [key, actions = []] =
    Object.entries(WHERE).find(([one, where]) => call.has(one) && !where.includes(action)) ?? [];
  return key === undefined ? undefined : `--${key} is for ${actions.join(" and ")}, not for ${action}`;
}

export const command: Command = {
  name: "app",
  summary: "let a program make user namespaces, by a profile of its own",
  usage: "plan|install|verify|remove PROGRAM\n       armorer app status",
  firstOperand: ACTIONS,
  options: [
    baseOption,
    {
      key: "name",
      long: "name",
      type: anyText("NAME", "a name"),
      about: "call the profile and its file NAME (made from the path)",
    },
    {
      key: "abi",
      long: "abi",
      type: oneOf("ABI", ABIS),
      about: "write it for ABI 3.0, 4.0 or 5.0 (the oldest with userns that the system has)",
    },
    { key: "dry-run", long: "dry-run", short: "n", about: "say what would be done, and change nothing" },
    { key: "start", long: "start", about: "verify: start PROGRAM --version, look at its label, and end it at once" },
  ],
  examples: [
    ["armorer app plan '/opt/My App/my-app'", "what would be installed, and whether it is needed; without root"],
    ["armorer app install '/opt/My App/my-app'", "write the profile and load it"],
    ["armorer app verify --start '/opt/My App/my-app'", "whether the program really runs under it"],
    ["armorer app remove '/opt/My App/my-app'", "unload the profile and remove exactly what was installed"],
  ],
  details: `
The profile has the flag \`unconfined\` and the rule \`userns\`: it takes nothing away, and grants nothing beside. A program that another profile confines gets none;
a kernel that asks no profile about user namespaces needs none, and then nothing is installed unless --abi is given.
verify exits with 0 when a process was seen under the profile, with 1 when something is wrong, with 2 when there was no process to look at.`,
  run,
};
