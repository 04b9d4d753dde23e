/**
 * Events that come in bursts, as few texts: what comes within a moment is one text, and while a burst goes on its text is replaced. Memory does not
 * grow with a flood: beyond so many different events only their number counts.
 */
import type { AuditEvent } from "../../../app/index.ts";
import { eventLines } from "./events.ts";

/** What is said of a burst. */
export interface BurstText {
  readonly summary: string;
  readonly lines: readonly string[];
}

const MOST_DIFFERENT = 1000;
const MOST_LISTED = 4;

export class Burst {
  private readonly counts = new Map<string, { readonly event: AuditEvent; count: number }>();
  private count = 0;

  add(event: AuditEvent): void {
    this.count += 1;
    const key = eventLines(event).join("\n");
    const known = this.counts.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.counts.size < MOST_DIFFERENT) this.counts.set(key, { event, count: 1 });
  }

  text(): BurstText {
    const all = [...this.counts.values()];
    const [first] = all;
    const who = first?.event.comm ?? first?.event.profile ?? "a program";
    if (first !== undefined && this.count === 1)
      return { summary: `AppArmor: ${verb(first.event)} ${who}`, lines: eventLines(first.event) };
    const programs = new Set(all.map(({ event }) => event.comm ?? event.profile ?? ""));
    const whose = programs.size === 1 ? who : `${programs.size} programs`;
    const listed = all.toSorted((a, b) => b.count - a.count).slice(0, MOST_LISTED);
    const rest = this.count - listed.reduce((sum, { count }) => sum + count, 0);
    const lines = listed.map(({ count, event }) => {
      const what = [event.operation, event.name ?? event.capability ?? event.family, event.deniedMask];
      return `${event.profile ?? who}: ${what.filter((part) => part !== undefined).join(" ")}${count > 1 ? ` (${count} times)` : ""}`;
    });
    return {
      summary: `AppArmor: ${this.count} events of ${whose}`,
      lines: rest > 0 ? [...lines, `and ${rest} more`] : lines,
    };
  }
}

function verb({ type }: AuditEvent): string {
  return type === "ALLOWED" ? "noted" : "denied";
}

/** When texts come. Units: seconds. */
export interface Pace {
  /** After the first event of a burst, before anything is shown. */
  readonly gatherSeconds: number;
  /** While a burst goes on, each pause is twice the last one, up to this many. */
  readonly mostSeconds: number;
  /** Nothing is shown before; counted from the beginning. */
  readonly silentSeconds: number;
}

/** Where texts are shown; whoever shows one is asked to replace it while its burst goes on. */
export type Show = (text: BurstText, isSame: boolean) => Promise<void>;

/** Takes events as they come, and has them shown at this pace. */
export function paced({ gatherSeconds, mostSeconds, silentSeconds }: Pace, show: Show): (event: AuditEvent) => void {
  const begun = performance.now();
  let burst: Burst | undefined;
  let isShown = false;
  let isDue = false;
  let pause = gatherSeconds;
  const later = (seconds: number): void => {
    isDue = true;
    setTimeout(() => void tell(), seconds * 1000);
  };
  const tell = async (): Promise<void> => {
    const current = burst;
    if (current === undefined) return;
    isDue = false;
    const wasShown = isShown;
    isShown = true;
    await show(current.text(), wasShown);
    pause = Math.min(pause * 2, mostSeconds);
    const told = current;
    // A burst that nothing is added to has ended.
    setTimeout(() => {
      if (isDue || burst !== told) return;
      burst = undefined;
      isShown = false;
      pause = gatherSeconds;
    }, pause * 1000).unref();
  };
  return (event) => {
    burst ??= new Burst();
    burst.add(event);
    const silent = silentSeconds - (performance.now() - begun) / 1000;
    if (!isDue) later(Math.max(silent, pause));
  };
}
