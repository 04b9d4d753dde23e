/**
 * Lines of a log repeat each other: one program is refused the same thing a thousand times, or a thousand things in the same way. A line that was
 * read in full is kept as a template: its head (heads.ts), and its event but for two holes, the quoted name and the process id. Another line that is
 * the same outside the holes has the same event but for what is in them; it is compared, not read.
 *
 * INVARIANT: what a template gives is what reading the line in full gives (tests/property/log-templates.test.ts). So a template is made only where
 * the reader found exactly these two fields in exactly these places, and a name fills the hole only if it is plain: nothing to decode, no quote.
 */
import { SEPARATOR, asciiText, copiedBytes, hashBytes, isAt, isDigit, isSame, wordsOf } from "./bytes.ts";
import type { FoundRecord } from "./carriers.ts";
import { type Appearance, type ChangingSum, type ContentSum, addBytes, sumOfRest, sumWithName } from "./copies.ts";
import type { AuditEvent } from "./event.ts";
import { splitFields } from "./fields.ts";
import type { EventClass, PackedEvent } from "./groups.ts";
import { type HeadShape, behindHead, headShape } from "./heads.ts";
import { sharesSerials } from "./loss.ts";
import type { InspectedLine } from "./parse.ts";
import { phaseOf } from "./phase.ts";

/** What events of one template have in common. */
interface Template {
  /** One of them. */
  readonly event: AuditEvent;
  /** Read in full; or in a log whose serials others use, too, or in another one. */
  readonly kind: "read" | "shared" | "own";
  /** What who counts wants to remember of them all. */
  group: EventClass | undefined;
  /** The one event, packed by who keeps it. */
  packed: string | undefined;
}

/** All lines with one content: their events differ in time, number and process alone. */
export interface KnownEvent {
  readonly template: Template;
  /** What is in the template's hole; `undefined`: it has none. Asked for by `nameOf`. */
  name: string | Hole | undefined;
  readonly sum: ContentSum;
  /** What who counts wants to remember of it. */
  note: number | undefined;
  /** It is not worth remembering. */
  isPassing: boolean;
}

/** One that is made of a line, and another one with the next unless it is kept. */
interface FreshEvent extends KnownEvent {
  template: Template;
  readonly sum: ChangingSum;
}

/** The hole of the line that is being looked at. COST: most names need never become texts. */
interface Hole {
  readonly holeText: () => string;
}

interface HeldTemplate extends Template {
  readonly head: HeadShape;
  readonly front: DataView;
  readonly back: DataView;
  readonly hasName: boolean;
  /** Of everything but the name. */
  readonly sum: ContentSum;
  readonly number: number;
  /** Without a hole for a name: the only event it has. */
  unnamed: KnownEvent | undefined;
}

/** Lines that look like this are read in full. */
interface NoTemplate {
  readonly kind: "none";
  readonly head: HeadShape;
  readonly front: DataView;
  readonly back: DataView;
  readonly hasName: boolean;
}

const ANY_MARK = "apparmor=";
const MARK = `${ANY_MARK}"`;
const BLANK = 0x20;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const BACKSLASH = 0x5c;
const PID = Uint8Array.from(" pid=", (char) => char.charCodeAt(0));
const PID_WORD = wordsOf(PID).getInt32(1, true);
/** By a byte: how far the next place is that it may be in. */
const SKIP = Uint8Array.from({ length: 256 }, (_, byte) => {
  const last = PID.lastIndexOf(byte, PID.length - 2);
  return PID.length - 1 - last;
});
/** Longer fronts are read in full. */
const MOST_FRONT = 1 << 11;
const NAME = Uint8Array.from(' name="', (char) => char.charCodeAt(0));
const MOST_HEADS = 16;
/** COST: about 1.5 kB for each template, 0.2 kB for each name. */
const MOST_TEMPLATES = 1 << 12;
const MOST_NAMES = 1 << 15;
const MOST_NAME_BYTES = 1 << 22;
/** Learning a template costs twice what reading costs: in a log where none is ever used again, only some lines are learned. */
const LEARNING_COST = 4;
const MOST_CREDIT = 1 << 12;
/** COST: nobody makes us look at more, however he chooses names. */
const MOST_PROBES = 16;

/** Plain ASCII on one line: characters and bytes are the same. */
const PLAIN_LINE = new RegExp(`^[\\t -~${SEPARATOR}]*$`);

/** A table of indexes by hash: open addressing; a slot is a hash and an index + 1, which is 0 while it is free. COST: side by side, most are not looked up. */
class IndexTable {
  private readonly slots: Int32Array;
  private readonly mask: number;

  constructor(size: number) {
    this.slots = new Int32Array(size * 2);
    this.mask = size - 1;
  }

  /** The first index of this hash that fits; -1 when there is none. */
  find(hash: number, fits: (index: number) => boolean): number {
    const { slots, mask } = this;
    for (let probe = 0; probe < MOST_PROBES; probe += 1) {
      const slot = ((hash + probe) & mask) * 2;
      const held = slots[slot + 1] ?? 0;
      if (held === 0) return -1;
      if (slots[slot] === hash && fits(held - 1)) return held - 1;
    }
    return -1;
  }

  put(hash: number, index: number): void {
    const { slots, mask } = this;
    for (let probe = 0; probe < MOST_PROBES; probe += 1) {
      const slot = ((hash + probe) & mask) * 2;
      if (slots[slot + 1] !== 0) continue;
      slots[slot] = hash;
      slots[slot + 1] = index + 1;
      return;
    }
  }

  clear(): void {
    this.slots.fill(0);
  }
}

type Range = readonly [words: DataView, start: number, length: number];

/** Names that were seen in the holes of templates: bytes in one piece, so that none of them is an object. */
class NameTable {
  private readonly table = new IndexTable(MOST_NAMES * 2);
  private readonly bytes = new Uint8Array(MOST_NAME_BYTES);
  private readonly words = wordsOf(this.bytes);
  private readonly starts = new Int32Array(MOST_NAMES + 1);
  private readonly owners = new Int32Array(MOST_NAMES);
  private known: KnownEvent[] = [];

  find(hash: number, owner: number, [words, from, length]: Range): KnownEvent | undefined {
    const index = this.table.find(hash, (at) => {
      const start = this.starts[at] ?? 0;
      return (
        this.owners[at] === owner &&
        (this.starts[at + 1] ?? 0) - start === length &&
        isSame(this.words, start, [words, from, length])
      );
    });
    return index < 0 ? undefined : this.known[index];
  }

  put(hash: number, owner: number, name: Uint8Array, event: KnownEvent): void {
    if (name.length > MOST_NAME_BYTES) return;
    if (this.known.length >= MOST_NAMES || (this.starts[this.known.length] ?? 0) + name.length > MOST_NAME_BYTES)
      this.clear();
    const index = this.known.length;
    const start = this.starts[index] ?? 0;
    this.bytes.set(name, start);
    this.starts[index + 1] = start + name.length;
    this.owners[index] = owner;
    this.known.push(event);
    this.table.put(hash, index);
  }

  clear(): void {
    this.known = [];
    this.table.clear();
  }
}

/** The templates of a log. `inspect` reads a line in full. */
export class Templates implements Hole {
  /** Of the line that was found: where it ends. */
  end = 0;
  private readonly inspect: (line: string) => InspectedLine;
  private readonly table = new IndexTable(MOST_TEMPLATES * 2);
  private readonly names = new NameTable();
  private heads: HeadShape[] = [];
  private templates: (HeldTemplate | NoTemplate)[] = [];
  private credit = MOST_CREDIT;
  private bytes: Uint8Array = new Uint8Array(0);
  private words = wordsOf(this.bytes);
  /** Behind the mark; -1 for the name: no hole for one. */
  private mark = 0;
  private name = -1;
  private pid = 0;
  private pidEnd = 0;
  /** What was made of the last line, and the hash of its name. */
  private fresh: FreshEvent | undefined;
  private freshHash = 0;
  private unkept: FreshEvent | undefined;

  constructor(inspect: (line: string) => InspectedLine) {
    this.inspect = inspect;
  }

  /**
   * What is known of the line that begins at `start` and ends in `bytes`; its id and process are in `at` then. `undefined`: it is to be read in
   * full, and may be learned.
   */
  find(bytes: Uint8Array, start: number, at: Appearance): KnownEvent | undefined {
    this.begin(bytes);
    const { heads } = this;
    for (let index = 0; index < heads.length; index += 1) {
      const head = heads[index];
      if (head === undefined) break;
      const mark = behindHead(head, bytes, start, at);
      if (mark >= 0) return this.findEvent(head, mark, at);
    }
    return undefined;
  }

  private begin(bytes: Uint8Array): void {
    if (bytes === this.bytes) return;
    this.bytes = bytes;
    this.words = wordsOf(bytes);
  }

  private findEvent(head: HeadShape, mark: number, at: Appearance): KnownEvent | undefined {
    if (this.credit < MOST_CREDIT) this.credit += 1;
    this.mark = mark;
    if (!this.findHoles(at)) return undefined;
    const template = this.templateOf(head);
    if (template === undefined || template.kind === "none") return undefined;
    at.phase = phaseOf(at.sec, at.ms);
    if (template.hasName) return this.namedEvent(template);
    this.fresh = undefined;
    template.unnamed ??= knownEvent(template, undefined, sumWithName(template.sum, template.event.name));
    return template.unnamed;
  }

  /** Finds the holes, as the kernel writes them: ` name="…"` right before ` pid=`, or no name there; and the line's end. */
  private findHoles(at: Appearance): boolean {
    const { bytes, mark } = this;
    const pid = this.pidAt(mark + PID.length - 1);
    if (pid < 0) return false;
    const digits = pid + 1;
    let [end, value] = [digits, 0];
    for (let byte = bytes[end] ?? 0; isDigit(byte); byte = bytes[end] ?? 0) {
      value = value * 10 + byte - 0x30;
      end += 1;
    }
    if (end === digits || end - digits > 9) return false;
    at.pid = value;
    this.pid = digits - PID.length;
    this.pidEnd = end;
    this.end = bytes.indexOf(LINE_FEED, end);
    return this.end >= 0 && this.findName();
  }

  /**
   * Where the next ` pid=` ends, looked for from `start` on as Horspool does: a byte that is none of its own rules out five places. It may be in
   * another line: then nothing is like what is in front of it, for no template holds a line feed.
   */
  private pidAt(start: number): number {
    const { bytes, words } = this;
    const most = Math.min(bytes.length, start + MOST_FRONT);
    for (let at = start; at < most;) {
      const byte = bytes[at] ?? 0;
      if (byte === EQUALS && words.getInt32(at - 3, true) === PID_WORD && bytes[at - 4] === BLANK) return at;
      at += SKIP[byte] ?? 1;
    }
    return -1;
  }

  private findName(): boolean {
    const { bytes, mark, pid } = this;
    this.name = -1;
    if (bytes[pid - 1] !== QUOTE) return true;
    let open = pid - 2;
    while (open > mark && bytes[open] !== QUOTE) open -= 1;
    if (open > mark && isAt(bytes, open + 1 - NAME.length, NAME)) this.name = open + 1;
    // a name that is not closed looks like an empty hole
    return this.name >= 0 || !isAt(bytes, pid - NAME.length, NAME);
  }

  private hashOfRest(): number {
    const { words, mark, name, pid, pidEnd, end } = this;
    return hashBytes(words, mark, name < 0 ? pid : name) ^ Math.imul(hashBytes(words, pidEnd, end), 31);
  }

  private templateOf(head: HeadShape): HeldTemplate | NoTemplate | undefined {
    const { words, mark, name, pid, pidEnd, end } = this;
    const front = (name < 0 ? pid : name) - mark;
    const index = this.table.find(this.hashOfRest(), (at) => {
      const one = this.templates[at];
      return (
        one !== undefined &&
        one.head === head &&
        one.hasName === name >= 0 &&
        one.front.byteLength === front &&
        one.back.byteLength === end - pidEnd &&
        isSame(words, mark, [one.front, 0, front]) &&
        isSame(words, pidEnd, [one.back, 0, end - pidEnd])
      );
    });
    return this.templates[index];
  }

  private namedEvent(template: HeldTemplate): KnownEvent | undefined {
    const { bytes, words, name, pid } = this;
    const hash = hashBytes(words, name, pid - 1) ^ template.number;
    const held = this.names.find(hash, template.number, [words, name, pid - 1 - name]);
    this.fresh = undefined;
    if (held !== undefined) return held;
    for (let at = name; at < pid - 1; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte < BLANK || byte > 0x7e || byte === BACKSLASH) return undefined;
    }
    this.fresh = this.freshEvent(template);
    addBytes(this.fresh.sum, words, [name, pid - 1]);
    this.freshHash = hash;
    return this.fresh;
  }

  /** What becomes of the hole's event. COST: what was not kept is used again; V8 takes such objects for long-lived, and lets the dead ones lie. */
  private freshEvent(template: HeldTemplate): FreshEvent {
    const { unkept } = this;
    if (unkept === undefined) {
      this.unkept = { template, name: this, sum: { ...template.sum }, note: undefined, isPassing: false };
      return this.unkept;
    }
    unkept.template = template;
    unkept.name = this;
    unkept.sum.one = template.sum.one;
    unkept.sum.other = template.sum.other;
    unkept.note = undefined;
    unkept.isPassing = false;
    return unkept;
  }

  holeText(): string {
    return asciiText(this.bytes, this.name, this.pid - 1);
  }

  /** Remembers what `find` has just made, if it is worth it. */
  keep(): void {
    const { fresh, freshHash } = this;
    if (fresh === undefined || fresh.isPassing || !isHeld(fresh.template)) return;
    nameOf(fresh);
    this.unkept = undefined;
    this.names.put(freshHash, fresh.template.number, this.bytes.subarray(this.name, this.pid - 1), fresh);
  }

  /** Makes a template of a line that `find` knew nothing of. `line` is what it stands for, where it was made of another one (entry-lines.ts). */
  learn(bytes: Uint8Array, [start, end]: readonly [number, number], at: Appearance, line?: string): void {
    if (this.credit < LEARNING_COST) return;
    const text = asciiText(bytes, start, end);
    const mark = text.indexOf(ANY_MARK);
    if (!text.startsWith(MARK, mark) || !PLAIN_LINE.test(text)) return;
    const shape = this.headOf(text.slice(0, mark));
    if (shape === undefined || behindHead(shape, bytes, start, at) < 0) return;
    this.begin(bytes);
    this.mark = start + mark + MARK.length;
    if (!this.findHoles(at) || this.end !== end || this.templateOf(shape) !== undefined) return;
    this.credit -= LEARNING_COST;
    if (this.templates.length >= MOST_TEMPLATES) this.forget(shape);
    const hash = this.hashOfRest();
    this.table.put(hash, this.templates.length);
    this.templates.push(this.templateFrom(shape, line ?? text, at));
  }

  private headOf(head: string): HeadShape | undefined {
    const shape = headShape(head, MARK);
    if (shape === undefined) return undefined;
    const same = this.heads.find(
      ({ before, behind }) =>
        before.length === shape.before.length &&
        behind.length === shape.behind.length &&
        isAt(before, 0, shape.before) &&
        isAt(behind, 0, shape.behind),
    );
    if (same !== undefined) return same;
    if (this.heads.length >= MOST_HEADS) this.forget();
    this.heads.push(shape);
    return shape;
  }

  /** Drops all that is known but for a head. */
  private forget(head?: HeadShape): void {
    this.heads = head === undefined ? [] : [head];
    this.templates = [];
    this.table.clear();
    this.names.clear();
  }

  private templateFrom(head: HeadShape, line: string, at: Appearance): HeldTemplate | NoTemplate {
    const { bytes, mark, name, pid, pidEnd, end } = this;
    const hasName = name >= 0;
    const front = wordsOf(copiedBytes(bytes.subarray(mark, hasName ? name : pid)));
    const parts = { head, front, back: wordsOf(copiedBytes(bytes.subarray(pidEnd, end))), hasName };
    const { item, record } = this.inspect(line);
    if (item === undefined || item.type === "LOSS" || item.type === "PROBLEM" || record === undefined)
      return { ...parts, kind: "none" };
    const isRead =
      item.serial === at.serial && item.time?.sec === at.sec && item.time.ms === at.ms && item.pid === at.pid;
    if (!isRead || !this.holesAreFields(record)) return { ...parts, kind: "none" };
    const sum = sumOfRest(item);
    const kind = sharesSerials(record) ? "shared" : "own";
    return {
      ...parts,
      event: item,
      kind,
      sum,
      number: this.templates.length,
      group: undefined,
      packed: undefined,
      unnamed: undefined,
    };
  }

  /** Whether the reader took the two holes for what they are taken for here: the one field `pid`, the one field `name`. */
  private holesAreFields({ body, reporter }: FoundRecord): boolean {
    const { bytes, name, pid, pidEnd, end } = this;
    const start = this.mark - MARK.length;
    if (body === undefined || reporter !== undefined || !asciiText(bytes, start, end).startsWith(body)) return false;
    const fields = splitFields(body);
    const pids = fields.filter(({ key }) => key === "pid");
    const names = fields.filter(({ key }) => key === "name");
    const [number] = pids;
    const digits = pid + PID.length;
    if (pids.length !== 1 || number?.start !== digits - start || number.raw.length !== pidEnd - digits) return false;
    if (name < 0) return true;
    const [only] = names;
    return (
      names.length === 1 &&
      only?.start === name - start &&
      only.quoted &&
      !only.open &&
      only.raw.length === pid - 1 - name
    );
  }
}

export function knownEvent(template: Template, name: string | undefined, sum: ContentSum): KnownEvent {
  return { template, name, sum, note: undefined, isPassing: false };
}

function isHeld(template: Template): template is HeldTemplate {
  return "number" in template;
}

/** The name in the hole. It is there as long as the line is, and from then on as text if it was asked for. */
export function nameOf(known: KnownEvent): string | undefined {
  const { name } = known;
  if (name === undefined || typeof name === "string") return name;
  const text = name.holeText();
  known.name = text;
  return text;
}

/** The event of an appearance. */
export function eventOf(known: KnownEvent, at: Appearance): AuditEvent {
  const { event, kind } = known.template;
  return kind === "read" ? event : { ...event, ...ownParts(known, at) };
}

/** The same, to be kept; what its template says is kept once. */
export function packedEvent(known: KnownEvent, at: Appearance): PackedEvent {
  const { template } = known;
  template.packed ??= JSON.stringify(template.event);
  return { packed: template.packed, own: template.kind === "read" ? undefined : ownParts(known, at) };
}

function ownParts(known: KnownEvent, { sec, ms, serial, pid }: Appearance): Partial<AuditEvent> {
  const name = nameOf(known);
  return { ...(name !== undefined && { name }), time: { sec, ms }, serial, pid };
}
