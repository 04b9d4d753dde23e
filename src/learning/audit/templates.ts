/**
 * Lines of a log repeat each other: one program is refused the same thing a thousand times, or a thousand things in the same way. A line that was
 * read in full is kept as a template: its head (heads.ts), and its event but for two holes, the quoted name and the process id. Another line that is
 * the same outside the holes has the same event but for what is in them; it is compared, not read.
 *
 * INVARIANT: what a template gives is what reading the line in full gives (tests/property/log-templates.test.ts). So a template is made only where
 * the reader found exactly these two fields in exactly these places, and a name fills the hole only if it is plain: nothing to decode, no quote.
 */
import { decodeBytes } from "../../foundation/text/index.ts";
import type { FoundRecord } from "./carriers.ts";
import { type Appearance, type ContentSum, contentSum } from "./copies.ts";
import type { AuditEvent } from "./event.ts";
import { splitFields } from "./fields.ts";
import { copied } from "./groups.ts";
import { type HeadShape, hasShape, headShape } from "./heads.ts";
import { sharesSerials } from "./loss.ts";
import type { InspectedLine } from "./parse.ts";
import { phaseOf } from "./phase.ts";

/** All lines with one content: their events differ in time, number and process alone. */
export interface KnownEvent {
  /** The event of one of them. */
  readonly event: AuditEvent;
  readonly name: string | undefined;
  readonly sum: ContentSum;
  /** Read in full; or of a template, in a log whose serials others use, too, or in another one. */
  readonly kind: "read" | "shared" | "own";
  /** What who counts wants to remember of it. */
  note: number | undefined;
}

interface Template {
  readonly event: AuditEvent;
  readonly kind: "shared" | "own";
  /** By name; `null`: not to be had from a template. */
  readonly named: Map<string, KnownEvent | null>;
  /** Without a hole for a name. */
  readonly unnamed: KnownEvent | undefined;
}

interface KnownHead {
  readonly shape: HeadShape;
  /** By what precedes the first hole, then by what follows the last; `null`: such lines are read in full. */
  readonly templates: Map<string, Map<string, Template | null>>;
}

const MARK = 'apparmor="';
const PID = " pid=";
const NAME = ' name="';
const QUOTE = 0x22;
const MOST_HEADS = 16;
/** COST: about 1.5 kB for each template, 0.3 kB for each name. */
const MOST_TEMPLATES = 1 << 12;
const MOST_NAMES = 1 << 15;
/** Learning a template costs twice what reading costs: in a log where none is ever used again, only some lines are learned. */
const LEARNING_COST = 4;
const MOST_CREDIT = 1 << 12;

/** Nothing that a reader would decode. */
const PLAIN_NAME = /^[ !#-[\]-~]*$/;
/** Plain ASCII on one line: characters and bytes are the same. */
const PLAIN_LINE = /^[\t -~\u001d]*$/;

/** Where the next of a word is, in texts that are gone through from the start. */
export class WordFinder {
  private readonly word: string;
  private text = "";
  private at = -1;

  constructor(word: string) {
    this.word = word;
  }

  reset(text: string): void {
    this.text = text;
    this.at = -1;
  }

  /** The place of the next one at `from` or behind it; beyond the text when there is none. `from` never goes back. */
  next(from: number): number {
    if (this.at >= from) return this.at;
    const found = this.text.indexOf(this.word, from);
    this.at = found < 0 ? Number.POSITIVE_INFINITY : found;
    return this.at;
  }
}

/** Where a line and its parts are. */
interface Parts {
  start: number;
  end: number;
  mark: number;
  /** -1: no hole for a name. */
  name: number;
  pid: number;
  pidEnd: number;
}

/** The templates of a log. `inspect` reads a line in full. */
export class Templates {
  private readonly inspect: (line: string) => InspectedLine;
  private readonly pids = new WordFinder(PID);
  private readonly parts: Parts = { start: 0, end: 0, mark: 0, name: -1, pid: 0, pidEnd: 0 };
  private text = "";
  private heads: KnownHead[] = [];
  private templateCount = 0;
  private nameCount = 0;
  private credit = MOST_CREDIT;

  constructor(inspect: (line: string) => InspectedLine) {
    this.inspect = inspect;
  }

  /** From now on lines of this text are looked at, in order. */
  reset(text: string): void {
    this.text = text;
    this.pids.reset(text);
  }

  /** What is known of the line with a mark at `mark`, and its id and process in `at`; `undefined`: it is to be read in full. */
  find(start: number, end: number, mark: number, at: Appearance): KnownEvent | undefined {
    const { text, parts } = this;
    if (this.credit < MOST_CREDIT) this.credit += 1;
    if (!text.startsWith(MARK, mark)) return undefined;
    const head = this.headOf(start, mark, at);
    if (head === undefined) return undefined;
    parts.start = start;
    parts.end = end;
    parts.mark = mark;
    if (!this.findHoles(at)) return undefined;
    at.phase = phaseOf(at.sec, at.ms);
    const template = this.templateOf(head, at);
    if (template === null) return undefined;
    return template.unnamed ?? this.namedEvent(template) ?? undefined;
  }

  private headOf(start: number, mark: number, at: Appearance): KnownHead | undefined {
    const { text, heads } = this;
    const range = [start, mark] as const;
    for (const head of heads) if (hasShape(head.shape, text, range, at)) return head;
    const shape = headShape(text.slice(start, mark));
    if (shape === undefined || !hasShape(shape, text, range, at)) return undefined;
    if (heads.length >= MOST_HEADS) this.forget();
    const head = { shape: { ...shape, behind: copied(shape.behind) }, templates: new Map() };
    this.heads.push(head);
    return head;
  }

  /** Finds the holes, as the kernel writes them: ` name="…"` right before ` pid=`, or no name there. */
  private findHoles(at: Appearance): boolean {
    const { text, parts } = this;
    const pid = this.pids.next(parts.mark);
    if (pid >= parts.end) return false;
    let [end, value] = [pid + PID.length, 0];
    for (let code = text.charCodeAt(end); code >= 0x30 && code <= 0x39; code = text.charCodeAt(end)) {
      value = value * 10 + code - 0x30;
      end += 1;
    }
    if (end === pid + PID.length || end - pid > 14 || end > parts.end) return false;
    at.pid = value;
    parts.pid = pid;
    parts.pidEnd = end;
    const open = text.charCodeAt(pid - 1) === QUOTE ? text.lastIndexOf('"', pid - 2) : -1;
    parts.name = open > parts.mark + MARK.length && text.startsWith(NAME, open - 6) ? open + 1 : -1;
    // a name that is not closed looks like an empty hole
    return parts.name >= 0 || !text.startsWith(NAME, pid - NAME.length);
  }

  private templateOf(head: KnownHead, at: Appearance): Template | null {
    const { text, parts } = this;
    const front = text.slice(parts.mark, parts.name < 0 ? parts.pid : parts.name);
    const back = text.slice(parts.pidEnd, parts.end);
    const known = head.templates.get(front)?.get(back);
    if (known !== undefined) return known;
    if (this.credit < LEARNING_COST) return null;
    this.credit -= LEARNING_COST;
    if (this.templateCount >= MOST_TEMPLATES) {
      this.forget();
      this.heads.push(head);
    }
    const template = this.learn(at);
    this.templateCount += 1;
    const others = head.templates.get(front) ?? new Map<string, Template | null>();
    others.set(copied(back), template);
    if (others.size === 1) head.templates.set(copied(front), others);
    return template;
  }

  /** Drops all that is known. */
  private forget(): void {
    for (const { templates } of this.heads) templates.clear();
    this.heads = [];
    this.templateCount = 0;
    this.nameCount = 0;
  }

  private learn(at: Appearance): Template | null {
    const { text, parts } = this;
    const line = copied(text.slice(parts.start, parts.end));
    if (!PLAIN_LINE.test(line)) return null;
    const { item, record } = this.inspect(line);
    if (item === undefined || item.type === "LOSS" || item.type === "PROBLEM" || record === undefined) return null;
    if (item.serial !== at.serial || item.time?.sec !== at.sec || item.time.ms !== at.ms || item.pid !== at.pid) return null;
    if (!this.holesAreFields(record, line)) return null;
    const kind = sharesSerials(record) ? "shared" : "own";
    const hasName = parts.name >= 0;
    const unnamed = hasName ? undefined : { event: item, name: undefined, sum: contentSum(item), kind, note: undefined } as const;
    return { event: item, kind, named: new Map(), unnamed };
  }

  /** Whether the reader took the two holes for what they are taken for here: the one field `pid`, the one field `name`. */
  private holesAreFields({ body, reporter }: FoundRecord, line: string): boolean {
    const { start, mark, name, pid, pidEnd } = this.parts;
    if (body === undefined || reporter !== undefined || !line.startsWith(body, mark - start)) return false;
    const fields = splitFields(body);
    const pids = fields.filter(({ key }) => key === "pid");
    const names = fields.filter(({ key }) => key === "name");
    const number = pids[0];
    if (pids.length !== 1 || number?.start !== pid + PID.length - mark || number.raw.length !== pidEnd - pid - PID.length) return false;
    if (name < 0) return true;
    const [only] = names;
    return names.length === 1 && only?.start === name - mark && only.quoted && !only.open && only.raw.length === pid - 1 - name;
  }

  private namedEvent(template: Template): KnownEvent | null {
    const { text, parts } = this;
    const name = text.slice(parts.name, parts.pid - 1);
    const known = template.named.get(name);
    if (known !== undefined) return known;
    if (!PLAIN_NAME.test(name)) return null;
    if (this.nameCount >= MOST_NAMES) {
      for (const { templates } of this.heads)
        for (const others of templates.values()) for (const one of others.values()) one?.named.clear();
      this.nameCount = 0;
    }
    this.nameCount += 1;
    const own = copied(name);
    const made: KnownEvent = {
      event: template.event,
      name: own,
      sum: contentSum({ ...template.event, name: own }),
      kind: template.kind,
      note: undefined,
    };
    template.named.set(own, made);
    return made;
  }
}

/** The event of an appearance. */
export function eventOf({ event, name, kind }: KnownEvent, { sec, ms, serial, pid }: Appearance): AuditEvent {
  if (kind === "read") return event;
  return { ...event, ...(name !== undefined && { name }), time: { sec, ms }, serial, pid };
}

/** A line, one character for each byte, as text. */
export function lineText(line: string): string {
  // oxlint-disable-next-line no-control-regex -- bytes
  if (!/[\u0080-\u00ff]/.test(line)) return line;
  return decodeBytes(Uint8Array.from(line, (char) => char.charCodeAt(0)));
}
