/**
 * Whose rules the events of a learning profile are (audit-events 8.3). `base//null-/bin/x` is where complain mode put a program
 * that no exec rule spoke of; what was decided for that exec decides where its events belong.
 */
import { decide } from "../../analysis/monitor/index.ts";
import { type AuditEvent, bytesText } from "../audit/index.ts";
import { splitFullName } from "../../language/model/index.ts";
import { ProfileIndex, labelOf } from "./profiles.ts";
import type { ExecDecision, HatDecision } from "./types.ts";

/** Where the events of a label belong. */
type Belongs =
  | { readonly kind: "profile"; readonly name: string }
  /** Nobody has decided about this exec yet. */
  | { readonly kind: "pending"; readonly profile: string; readonly path: string }
  | { readonly kind: "dropped"; readonly reason: "left-confinement" | "denied-exec" | "denied-hat" | "lost-exec" };

/** Where a label's events belong, and the execs it tells of, from the outside in. */
export interface Resolution {
  readonly home: Belongs;
  readonly execs: readonly { readonly profile: string; readonly path: string }[];
}

/** The key of a question about an exec, or a hat. */
export function execKey(profile: string, path: string): string {
  return `${profile}\0${path}`;
}

/** What a learning profile stands for. */
interface NullStep {
  readonly kind: "exec" | "hat" | "change";
  readonly name: string;
}

/** What was decided in this run. */
export interface Decisions {
  readonly execs: ReadonlyMap<string, ExecDecision>;
  readonly hats: ReadonlyMap<string, HatDecision>;
}

export class Chains {
  private readonly steps = new Map<string, NullStep>();
  private readonly index: ProfileIndex;
  private readonly choices: ReadonlyMap<string, ExecDecision>;
  private readonly hatChoices: ReadonlyMap<string, HatDecision>;

  /** `events`: all of the log, since their targets say what the learning profiles of old kernels (`null-2d`) stand for. */
  constructor(index: ProfileIndex, { execs, hats }: Decisions, events: Iterable<AuditEvent>) {
    this.index = index;
    this.choices = execs;
    this.hatChoices = hats;
    for (const event of events) this.note(event);
  }

  private note(event: AuditEvent): void {
    const target = bytesText(event, "target");
    const name = bytesText(event, "name");
    if (target?.includes("//null-") !== true || name === undefined) return;
    if (event.kind === "exec") this.steps.set(labelOf(event.namespace, target), { kind: "exec", name });
    if (event.kind === "change_hat") this.steps.set(labelOf(event.namespace, target), { kind: "hat", name });
  }

  /** Follows a label from its base to the profile its events belong in. */
  resolve(label: string): Resolution {
    const [base = "", ...parts] = label.split("//null-");
    const execs: { profile: string; path: string }[] = [];
    let current = base;
    let known = base;
    for (const part of parts) {
      known = `${known}//null-${part}`;
      const step = this.steps.get(known) ?? this.guess(part);
      if (step === undefined) return { home: { kind: "dropped", reason: "lost-exec" }, execs };
      if (step.kind === "exec") execs.push({ profile: current, path: step.name });
      const next = this.follow(current, step);
      if (next.kind !== "profile") return { home: next, execs };
      current = next.name;
    }
    return { home: { kind: "profile", name: current }, execs };
  }

  private guess(part: string): NullStep | undefined {
    if (part.startsWith("/")) return { kind: "exec", name: part };
    return NUMBERED.test(part) && this.index.find(part) === undefined ? undefined : { kind: "change", name: part };
  }

  private follow(current: string, step: NullStep): Belongs {
    if (step.kind === "hat") return this.followHat(current, step.name);
    if (step.kind === "change") return { kind: "profile", name: step.name };
    const decision = this.decisionFor(current, step.name);
    if (decision === undefined) return { kind: "pending", profile: current, path: step.name };
    switch (decision.kind) {
      case "inherit":
        return { kind: "profile", name: current };
      case "child":
        return { kind: "profile", name: `${current}//${step.name}` };
      case "profile":
        return { kind: "profile", name: decision.target ?? this.attachedName(step.name) };
      case "unconfined":
        return { kind: "dropped", reason: "left-confinement" };
      case "deny":
        return { kind: "dropped", reason: "denied-exec" };
    }
  }

  private followHat(current: string, hat: string): Belongs {
    const decision = this.hatChoices.get(execKey(current, hat)) ?? { kind: "hat", name: hat };
    if (decision.kind === "deny") return { kind: "dropped", reason: "denied-hat" };
    return { kind: "profile", name: `${withoutHat(this.index, current)}//${decision.name}` };
  }

  private attachedName(path: string): string {
    return this.index.attached(path)?.name ?? this.index.newName(path);
  }

  /** The answer given in this run, or what the policy says by now. */
  decisionFor(profile: string, path: string): ExecDecision | undefined {
    return this.choices.get(execKey(profile, path)) ?? this.policyDecision(profile, path);
  }

  private policyDecision(profile: string, path: string): ExecDecision | undefined {
    const model = this.index.find(profile);
    if (model === undefined) return undefined;
    const decision = decide(model, { kind: "exec", path, owner: false });
    if (decision.denied.length > 0) return { kind: "deny" };
    const choice = decision.exec?.choice;
    if (choice === undefined) return undefined;
    if (choice.target !== undefined) {
      const child = choice.mode.transition === "child";
      return { kind: "profile", target: child ? `${profile}//${choice.target}` : choice.target };
    }
    switch (choice.mode.transition) {
      case "inherit":
      case "child":
      case "unconfined":
        return { kind: choice.mode.transition };
      case "profile":
        return this.index.attached(path) === undefined && choice.mode.fallback === "inherit"
          ? { kind: "inherit" }
          : { kind: "profile", target: undefined };
      case "deny":
        return { kind: "deny" };
    }
  }
}

/** What old kernels call learning profiles: a hexadecimal number, of which only the exec's own record says what it stands for. */
const NUMBERED = /^[0-9a-f]{1,8}$/;

/** From a hat one steps to its siblings. */
function withoutHat(index: ProfileIndex, name: string): string {
  const path = index.find(name);
  return path?.at(-1)?.hat === true ? (splitFullName(name)?.parent ?? name) : name;
}
