/**
 * Who wrote a line (audit-events 5.1). Anybody may put a whole record into a message of his own: a user name that sshd logs, a line for
 * `logger`. What precedes a record tells its writer, so it is read from the start of the line, piece by piece; a
 * record counts only where the kernel, the audit daemon or (for its own operations) the message bus put it: at the start of the message.
 */

/** `anybody`: nothing names a writer, as in audit.log itself; the file's owner vouches for it. */
export type Writer = "kernel" | "audit" | "bus" | "journal" | "anybody" | "foreign";

/** The writer of a line, and where his message starts. */
export interface Sender {
  readonly writer: Writer;
  readonly start: number;
}

/** `journalctl -o short` and others write the further lines of a message behind blanks: they begin nothing. */
const CONTINUED = /[ \t]/y;
/** What may precede everything else: a file's name that grep puts there, the node of a remote machine. */
const WRAPPINGS = /(?:[^\s"'=:<[({]{0,255}[./][^\s"'=:<[({]{0,255}[:-](?:\d{1,9}[:-])?)?(?:node=[^\s"]{1,255} )?/y;
/** What comes by TCP has its length in front. */
const PRIORITY = /(?:\d{1,6} (?=<\d{1,3}>1 ))?<(\d{1,3})>/y;
/** `dmesg -x` puts facility and level before everything else. */
const LEVEL = /([a-z]+) *: ?(?:emerg|alert|crit|err|warn|notice|info|debug) *: /y;
/** `dmesg`, raw or with any of its kinds of time; some kernels say the thread or the processor, too. */
const RING = /\[[^\]"]{1,40}\](?: ?\[ *[TC]\d{1,10}\])? ?/y;
/** `journalctl -o short-full` has the day of the week and the zone, `-o short-unix` seconds. */
const STAMP =
  /(?:(?:\d{4} )?[A-Z][a-z]{2} [ \d]?\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,9})?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?|[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})? (?:[A-Z]{2,5}|[+-]\d{2,4})|\d{9,11}\.\d{6}) /y;
/** What ends in a colon, or is in brackets, is a tag, and no host: then whoever has the tag wrote what follows. */
const HOST = String.raw`[^\s"[][^\s"]{0,253}(?<!:) `;
const TAG = String.raw`([^\s:"[]{1,128})(?:\[\d{1,10}\])?: `;
const HOST_AND_TAG = new RegExp(`(?:${HOST})?${TAG}`, "y");
/** `journalctl -o short-monotonic` has them behind the kernel's clock. */
const RING_HOST_AND_TAG = new RegExp(HOST + TAG, "y");
/** metalog */
const BRACKETS = /\[([A-Za-z][^\]\s"]{0,127})\] /y;
/** BusyBox says facility and level between host and tag. */
const FACILITY_AND_TAG = new RegExp(String.raw`(?:${HOST})?([a-z]+\d?)\.[a-z]+ ${TAG}`, "y");
/** socklogd says facility and level instead of host and tag. */
const FACILITY = /([a-z]+\d?)\.[a-z]+: /y;
const RFC5424 = /1 [^\s"]{1,64} [^\s"]{1,255} ([^\s"]{1,128}) [^\s"]{1,128} [^\s"]{1,128} /y;
const STRUCTURED = /(?:-|(?:\[[^\s\]"=]{1,64}(?: [^\s\]"=]{1,64}="(?:[^"\\\]]|\\.){0,4096}")*\])+)(?: \ufeff?|$)/y;

const WRITERS: ReadonlyMap<string, Writer> = new Map<string, Writer>([
  ["kernel", "kernel"],
  ["kern", "kernel"],
  ["audit", "audit"],
  ["auditd", "audit"],
  ["audispd", "audit"],
  ["audisp-syslog", "audit"],
  ["dbus-daemon", "bus"],
  ["dbus-broker", "bus"],
  ["systemd-journald", "journal"],
]);

/** The writer a syslog tag, a facility or an identifier of the journal names. */
export function writerOf(tag: string): Writer {
  return WRITERS.get(tag) ?? "foreign";
}

/** The kernel's own messages have no facility; what programs write to /dev/kmsg always has one. */
export function isKernelPriority(priority: number): boolean {
  return priority < 8;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/** Reads what a line says of its writer. Cost: linear in what precedes the message. */
export function findSender(text: string): Sender {
  if (matchAt(CONTINUED, text, 0) !== undefined) return { writer: "foreign", start: 0 };
  let at = matchAt(WRAPPINGS, text, 0)?.[0].length ?? 0;
  const priority = matchAt(PRIORITY, text, at);
  at += priority?.[0].length ?? 0;
  if (priority !== undefined) {
    const modern = matchAt(RFC5424, text, at);
    if (modern !== undefined) return modernSender(text, at + modern[0].length, modern[1] ?? "");
  }
  const stamp = matchAt(STAMP, text, at);
  if (stamp !== undefined) return stampedSender(text, at + stamp[0].length);
  const own = priority === undefined || isKernelPriority(Number(priority[1]));
  const level = matchAt(LEVEL, text, at);
  if (level !== undefined) {
    const start = at + level[0].length;
    return { writer: own ? writerOf(level[1] ?? "") : "foreign", start: afterClock(text, start) };
  }
  const ring = matchAt(RING, text, at);
  if (ring !== undefined) return ringSender(text, at + ring[0].length, own);
  if (priority === undefined) return { writer: "anybody", start: at };
  // A kernel that notes no time, and a log daemon that was given none.
  const tag = text.startsWith("kernel: ", at) ? "kernel: " : "";
  return { writer: own ? "kernel" : "foreign", start: at + tag.length };
}

/** Behind the kernel's clock is the message, or host and tag. */
function ringSender(text: string, at: number, own: boolean): Sender {
  const tag = matchAt(RING_HOST_AND_TAG, text, at);
  if (!own || tag === undefined) return { writer: own ? "kernel" : "foreign", start: at };
  return { writer: writerOf(tag[1] ?? ""), start: at + tag[0].length };
}

function modernSender(text: string, at: number, name: string): Sender {
  const data = matchAt(STRUCTURED, text, at);
  if (data === undefined) return { writer: "foreign", start: at };
  return { writer: writerOf(name), start: afterRing(text, at + data[0].length) };
}

/** A time is followed by host and tag, or facility and level, or (`dmesg` with ISO times) the message. */
function stampedSender(text: string, at: number): Sender {
  const facility = matchAt(FACILITY, text, at);
  if (facility !== undefined) {
    return { writer: writerOf(facility[1] ?? ""), start: afterRing(text, at + facility[0].length) };
  }
  if (text.startsWith("audit: ", at)) return { writer: "kernel", start: at };
  const both = matchAt(FACILITY_AND_TAG, text, at);
  if (both !== undefined) {
    const isKernel = writerOf(both[1] ?? "") === "kernel";
    const writer = writerOf(both[2] ?? "");
    return {
      writer: writer === "kernel" && !isKernel ? "foreign" : writer,
      start: afterRing(text, at + both[0].length),
    };
  }
  const tag = matchAt(BRACKETS, text, at) ?? matchAt(HOST_AND_TAG, text, at);
  if (tag === undefined) return { writer: "foreign", start: at };
  return { writer: writerOf(tag[1] ?? ""), start: afterRing(text, at + tag[0].length) };
}

/** The kernel's own clock precedes its messages. */
function afterRing(text: string, at: number): number {
  return at + (matchAt(RING, text, at)?.[0].length ?? 0);
}

/** The same, where `dmesg` was told how to print it. */
function afterClock(text: string, at: number): number {
  return at + ((matchAt(STAMP, text, at) ?? matchAt(RING, text, at))?.[0].length ?? 0);
}

const RECORD_HEAD =
  /(?:audit: )?(?:(?:type=[\w[\]]+|AVC|USER_AVC) )?(?:msg=)?(?:audit\([\d./ :]{1,60}\) ?:? ?)?(?:type=\d{1,6} )?(?:AVC |USER_AVC )?\s*/y;
/** What a user-space manager says of itself before the quoted record: `pid=… uid=… auid=… ses=… subj=… msg='`; `ausearch -i` has names for numbers. */
const REPORTER = /pid=\d{1,10} uid=[\w.()$-]{1,64} auid=[\w.()$-]{1,64} ses=\w{1,10}(?: subj=[^'"]{0,4200})? msg='/y;

/** Whether an event that starts at `event` of a message is the record itself, not something a record or a message holds. */
export function isAtHead(text: string, event: number): boolean {
  const head = matchAt(RECORD_HEAD, text, 0)?.[0].length ?? 0;
  if (head === event) return true;
  return head + (matchAt(REPORTER, text, head)?.[0].length ?? 0) === event;
}
