import { displayText, unifiedDiff } from "../../src/foundation/text/index.ts";
import {
  type CommandSettings,
  type LabProblem,
  type LabSession,
  renderLabProblem,
  type Step,
  type StepResult,
} from "../index.ts";
import type { Choose, Product, Suggestion } from "./product.ts";

/** The guest itself failed; the tour of this kernel ends. */
export class StageLost extends Error {
  override readonly name = "StageLost";
  constructor(problem: LabProblem) {
    super(renderLabProblem(problem));
  }
}

/** A record without what differs from run to run: from `apparmor=` on. */
function recordText(line: string): string {
  return line.slice(Math.max(line.indexOf("apparmor="), 0));
}

/** Whether a record is about a decision: refused, allowed in complain mode, killed, audited. */
function isDecision(line: string): boolean {
  return !line.includes('apparmor="STATUS"');
}

/** What one step of the tour works with: a guest, the product, and an audience that gets every message. */
export class Stage {
  readonly features: string;
  readonly failures: string[] = [];
  eventCount = 0;
  readonly #session: LabSession;
  readonly #product: Product;
  readonly #say: (line: string) => void;
  readonly #pids = new Map<string, number>();
  #stepCount = 0;

  constructor(session: LabSession, product: Product, features: string, say: (line: string) => void) {
    this.#session = session;
    this.#product = product;
    this.features = features;
    this.#say = say;
  }

  /** Says something to the audience. */
  tell(text: string): void {
    for (const line of text.split("\n")) this.#say(`  ${displayText(line)}`);
  }

  #quote(mark: string, text: string): void {
    for (const line of text.trimEnd().split("\n")) this.tell(mark === "" ? line : `${mark} ${line}`);
  }

  /** States what must be so; the step fails when it is not. */
  expect(claim: string, holds: boolean): void {
    this.tell(`${holds ? "✓" : "✗"} ${claim}`);
    if (!holds) this.failures.push(claim);
  }

  /** Carries out steps without telling. */
  async quietly(...steps: readonly Step[]): Promise<readonly StepResult[]> {
    const outcome = await this.#session.run(steps);
    if (!outcome.ok) throw new StageLost(outcome.error);
    return outcome.value;
  }

  async #one(step: Step): Promise<StepResult> {
    const [result] = await this.quietly(step);
    if (result === undefined) throw new Error(`no result of ${step.id}`);
    return result;
  }

  #nextId(): string {
    this.#stepCount += 1;
    return `step-${this.#stepCount}`;
  }

  /** Writes files, makes directories, copies programs, as unconfined root; none of it may fail. */
  async prepare(script: string): Promise<void> {
    const argv = ["/bin/sh", "-ec", script];
    const result = await this.#one({ kind: "run", id: this.#nextId(), argv });
    if (result.exitCode !== 0) this.expect(`the guest is prepared (${result.stderr.trim()})`, false);
  }

  /** Compiles a policy; what the product says about a broken one is a failure. */
  async compile(text: string): Promise<Uint8Array | undefined> {
    const compiled = await this.#product.compile(text, this.features);
    if (!compiled.ok) this.expect(`armorer compiles the profile (${compiled.error})`, false);
    return compiled.ok ? compiled.value : undefined;
  }

  /** Shows a policy, compiles it and has the kernel replace what it holds under the same names. */
  async load(text: string): Promise<void> {
    this.#quote("│", text);
    const policy = await this.compile(text);
    if (policy === undefined) return;
    this.tell(`compiled: ${policy.length} bytes, ${this.#product.note}`);
    const result = await this.#one({ kind: "replace", id: this.#nextId(), policy });
    if (result.errno !== undefined) this.expect(`the kernel takes the policy (${result.errno})`, false);
  }

  /** Hands the kernel bytes that need not be policy; gives the errno it answers with. */
  async loadBytes(policy: Uint8Array): Promise<string | undefined> {
    const result = await this.#one({ kind: "replace", id: this.#nextId(), policy });
    this.#showRecords(result.events);
    return result.errno;
  }

  #showRecords(lines: readonly string[]): void {
    this.eventCount += lines.filter(isDecision).length;
    for (const line of lines.slice(0, 12)) this.tell(`kernel: ${recordText(line)}`);
    if (lines.length > 12) this.tell(`kernel: … and ${lines.length - 12} more`);
  }

  /** Runs a command, shows it, what it said, how it ended, and the kernel's own records. */
  async run(argv: readonly string[], settings: Omit<CommandSettings, "argv"> = {}): Promise<StepResult> {
    this.tell(`$ ${this.#spell(argv)}${settings.uid === undefined ? "" : `   (as user ${settings.uid})`}`);
    return this.#show(await this.#one({ kind: "run", id: this.#nextId(), argv, ...settings }));
  }

  #show(result: StepResult): StepResult {
    const events = result.events.filter(isDecision);
    if (result.stdout !== "") this.#quote(" ", result.stdout);
    if (result.stderr !== "") this.#quote(" ", result.stderr);
    const refused = result.execErrno === undefined ? undefined : `cannot be started: ${result.execErrno}`;
    const ending = result.signal === undefined ? `exit ${result.exitCode}` : `ended by signal ${result.signal}`;
    this.#showRecords(events);
    this.tell(`→ ${refused ?? ending}, ${events.length} records`);
    return { ...result, events };
  }

  /** A command as a person would type it, with the numbers of processes filled in. */
  #spell(argv: readonly string[]): string {
    return argv.join(" ").replaceAll(/\{pid:([^{}]+)\}/g, (whole, id: string) => String(this.#pids.get(id) ?? whole));
  }

  /** Starts a command that goes on; gives its step's name, which stands for its process in `{pid:NAME}`. */
  async start(argv: readonly string[], ready: string, settings: Omit<CommandSettings, "argv"> = {}): Promise<string> {
    this.tell(`$ ${this.#spell(argv)} &`);
    const id = this.#nextId();
    const result = await this.#one({ kind: "start", id, argv, await: ready, ...settings });
    if (result.pid !== undefined) this.#pids.set(id, result.pid);
    this.#showRecords(result.events.filter(isDecision));
    if (!result.stdout.includes(ready)) this.expect(`${argv.join(" ")} starts (${result.stderr.trim()})`, false);
    return id;
  }

  /** Ends what was started. */
  async kill(process: string): Promise<void> {
    await this.quietly(
      { kind: "signal", id: this.#nextId(), process, signal: 9 },
      { kind: "wait", id: this.#nextId(), process, timeoutMs: 2000 },
    );
  }

  /** The confinement of a process as the kernel tells it. */
  async confinement(process: string): Promise<string> {
    const result = await this.#one({ kind: "read", id: this.#nextId(), path: `/proc/{pid:${process}}/attr/current` });
    const label = Buffer.from(result.data ?? [])
      .toString("latin1")
      .trim();
    this.tell(`/proc/PID/attr/current: ${label}`);
    return label;
  }

  #showSuggestion({ profile, subject, count, choices }: Suggestion, chosen: number | undefined): void {
    const settled = chosen === undefined ? ": another answer settles it" : "";
    this.tell(`armorer: ${profile} lacks \`${subject}\` (${count} ${count === 1 ? "record" : "records"})${settled}`);
    if (chosen === undefined) return;
    for (const [index, choice] of choices.entries()) {
      this.tell(`${chosen === index ? "»" : " "}  ${choice.kind}: ${choice.rules.join(" ")}   — ${choice.reason}`);
    }
  }

  /** Shows what armorer makes of records and how it changes the policy; gives the changed text. */
  async learn(text: string, events: readonly string[], choose: Choose = ({ taken }) => taken): Promise<string> {
    const chosen = new Map<Suggestion, number>();
    const lesson = await this.#product.learn(text, events, (suggestion) => {
      const index = choose(suggestion);
      if (index !== undefined) chosen.set(suggestion, index);
      return index;
    });
    for (const suggestion of lesson.suggestions) this.#showSuggestion(suggestion, chosen.get(suggestion));
    if (lesson.suggestions.length === 0) this.tell("armorer: nothing to propose");
    const names = { oldName: "the policy", newName: "the policy, changed", context: 1 };
    if (lesson.text !== text) this.#quote("", unifiedDiff(text, lesson.text, names));
    return lesson.text;
  }

  /** Learns, reloads and runs again until nothing is refused or `rounds` are over; gives the last text and result. */
  async mend(
    text: string,
    command: readonly string[],
    options: { readonly rounds: number; readonly choose?: Choose; readonly settings?: Omit<CommandSettings, "argv"> },
  ): Promise<{ readonly text: string; readonly result: StepResult; readonly log: readonly string[] }> {
    let current = text;
    const log: string[] = [];
    for (let round = 0; ; round += 1) {
      await this.load(current);
      const result = await this.run(command, options.settings);
      log.push(...result.events);
      if (result.events.length === 0 || round === options.rounds) return { text: current, result, log };
      const next = await this.learn(current, result.events, options.choose);
      if (next === current) return { text: current, result, log };
      current = next;
    }
  }
}

/** One step of the tour. */
export interface TourStep {
  readonly id: string;
  readonly title: string;
  readonly play: (stage: Stage) => Promise<void>;
}

/** What every policy of the tour begins with. */
export const PREAMBLE = "abi <abi/5.0>,\n\ninclude <tunables/global>\n";
