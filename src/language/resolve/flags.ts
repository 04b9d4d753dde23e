/** Profile flags (policy-language 2.3.1). */
import { sentence, type Message } from "../../foundation/diagnostics/index.ts";
import type { Span } from "../../foundation/text/index.ts";
import type { ProfileFlags, ProfileMode } from "../model/index.ts";
import type { FlagsNode, WordNode } from "../syntax/index.ts";
import {
  errnoNumber,
  errnos,
  flagConflicts,
  modeFlags,
  nearestWord,
  plainFlags,
  signalNumber,
  signals,
  valueFlags,
} from "../tables/index.ts";
import { didYouMean, type Report } from "./report.ts";

interface Context {
  readonly includes: readonly Span[];
  readonly report: Report;
}

const modes: readonly ProfileMode[] = ["enforce", "complain", "kill", "unconfined", "prompt", "default_allow"];

/** Collects the flags of one profile; the first of two that conflict stays. */
class FlagReader {
  readonly #context: Context;
  /** Flags and conflicting values by name, and where they were written. */
  readonly #plain = new Map<string, WordNode>();
  readonly #values = new Map<string, { readonly value: string; readonly shown: string; readonly word: WordNode }>();
  mode: { readonly value: ProfileMode; readonly word: WordNode } | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  read(word: WordNode): void {
    const mode = modes.find((name) => name === word.value);
    const [name, value] = splitAt(word.value, "=");
    if (mode !== undefined) this.#readMode(mode, word);
    else if (plainFlags.includes(word.value)) this.#add(word.value, word);
    else if (value !== undefined && valueFlags.includes(name)) this.#readValue(name, value, word);
    else {
      const help = didYouMean(nearestWord(name, [...modeFlags, ...plainFlags, ...valueFlags]));
      this.#report("resolve/flag-unknown", word, sentence`unknown profile flag ${{ flag: word.value }}`, { help });
    }
  }

  has(name: string): boolean {
    return this.#plain.has(name);
  }

  value(name: string): string | undefined {
    return this.#values.get(name)?.value;
  }

  #readMode(mode: ProfileMode, word: WordNode): void {
    if (this.mode === undefined) this.mode = { value: mode, word };
    else if (this.mode.value !== mode) this.#conflict(this.mode.word, word);
  }

  #readValue(name: string, value: string, word: WordNode): void {
    const meaning = this.#meaning(name, value, word);
    if (meaning === undefined) return;
    const before = this.#values.get(name);
    if (before === undefined) this.#values.set(name, { value: meaning, shown: value, word });
    else if (before.value !== meaning) this.#conflict(before.word, word);
    if (name === "attach_disconnected.path") this.#add("attach_disconnected", word);
    if (name === "attach_disconnected.ipc") this.#add(name, word);
  }

  /** A value in one spelling; `undefined` (and reported) when it is none. */
  #meaning(name: string, value: string, word: WordNode): string | undefined {
    if (name === "kill.signal") {
      const number = signalNumber(value);
      if (number !== undefined) return String(number);
      const near = nearestWord(
        value,
        signals.map(([signal]) => signal),
      );
      this.#report("resolve/flag-signal", word, sentence`unknown signal ${{ signal: value }} for \`kill.signal\``, {
        help: didYouMean(near),
      });
      return undefined;
    }
    if (name !== "error") return value;
    const number = errnoNumber(value);
    if (number !== undefined) return String(number);
    const near = nearestWord(
      value,
      errnos.map(([errno]) => errno),
    );
    this.#report("resolve/flag-error", word, sentence`unknown error ${{ value }} for \`error\``, {
      help: didYouMean(near),
    });
    return undefined;
  }

  #add(name: string, word: WordNode): void {
    if (!this.#plain.has(name)) this.#plain.set(name, word);
    for (const pair of flagConflicts) {
      const other = pair[0] === name ? pair[1] : pair[1] === name ? pair[0] : undefined;
      const before = other === undefined ? undefined : this.#plain.get(other);
      if (before !== undefined) this.#conflict(before, word);
    }
  }

  #conflict(first: WordNode, second: WordNode): void {
    const message = sentence`the flags ${{ flag: first.value }} and ${{ other: second.value }} exclude each other`;
    this.#report("resolve/flag-conflict", second, message, {
      also: [{ span: first.span, message: "conflicts with this" }],
    });
  }

  #report(
    code: Parameters<Report>[0],
    word: WordNode,
    message: string | Message,
    details: Parameters<Report>[3],
  ): void {
    this.#context.report(code, { span: word.span, includes: this.#context.includes }, message, details);
  }
}

function splitAt(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** The flags a profile has; paths are not expanded yet. */
export function checkFlags(node: FlagsNode | undefined, context: Context): ProfileFlags {
  const flags = new FlagReader(context);
  for (const word of node?.values ?? []) flags.read(word);
  const number = (name: string): number | undefined => {
    const value = flags.value(name);
    return value === undefined ? undefined : Number(value);
  };
  return {
    mode: flags.mode?.value ?? "enforce",
    modeWritten: flags.mode !== undefined,
    audit: flags.has("audit"),
    debug: flags.has("debug"),
    interruptible: flags.has("interruptible"),
    chrootRelative: flags.has("chroot_relative"),
    namespaceRelative: flags.has("namespace_relative"),
    mediateDeleted: flags.has("mediate_deleted"),
    delegateDeleted: flags.has("delegate_deleted"),
    attachDisconnected: flags.has("attach_disconnected"),
    noAttachDisconnected: flags.has("no_attach_disconnected"),
    chrootAttach: flags.has("chroot_attach"),
    chrootNoAttach: flags.has("chroot_no_attach"),
    disconnectedPath: flags.value("attach_disconnected.path"),
    attachDisconnectedIpc: flags.has("attach_disconnected.ipc"),
    disconnectedIpcPath: flags.value("attach_disconnected.ipc"),
    killSignal: number("kill.signal"),
    error: number("error"),
  };
}
