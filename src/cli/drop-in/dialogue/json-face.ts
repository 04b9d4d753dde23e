/** The JSON protocol 2.12 (tools 14): one object a line each way, an empty line before every read. */
import type { Outcome } from "../../../foundation/basics/index.ts";
import type { FileRefusal } from "../../../foundation/ports/index.ts";
import type { CliIo } from "../../io.ts";
import { type Ask, type Face, type Menu, type Reply, explanationOf } from "./asks.ts";

/** Keeps a text in a file while the other side looks at it. */
export type KeepFile = (text: string) => Outcome<{ readonly path: string; readonly drop: () => void }, FileRefusal>;

/** As Python's json writes it, which clients have seen: a blank behind colons, none behind commas, ASCII alone. */
function jsonText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const parts = Object.entries(value).map(([key, part]) => `${jsonText(key)}: ${jsonText(part)}`);
    return `{${parts.join(",")}}`;
  }
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function menuMessage(menu: Menu): unknown {
  const { title, headers, options, items, defaultKey, selected } = menu;
  return {
    dialog: "promptuser",
    title: title ?? null,
    headers: Object.fromEntries(headers),
    explanation: explanationOf(menu, selected) ?? null,
    options: options.length === 0 ? null : options,
    menu_items: items
      .filter(({ isForPeople }) => isForPeople !== true)
      .map(({ key, label }) => (key === defaultKey ? `[${label}]` : label)),
    default_key: defaultKey ?? 0,
  };
}

type Wrong = { readonly kind: "wrong"; readonly text: string };

function field(message: unknown, name: string): unknown {
  return typeof message === "object" && message !== null ? Reflect.get(message, name) : undefined;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Hears what goes each way (`json_log`, tools 14). */
export type Listener = (way: "o" | "i", text: string) => void;

export function jsonFace(io: CliIo, keepFile: KeepFile, listener?: Listener): Face {
  const say = (message: unknown): void => {
    const text = jsonText(message);
    listener?.("o", text);
    io.verbatim(`${text}\n`);
  };
  const read = (dialog: string): { readonly message: unknown } | Wrong | undefined => {
    io.verbatim("\n");
    const line = io.inputLine();
    if (line === undefined) return undefined;
    listener?.("i", line);
    const message = parsed(line);
    if (field(message, "dialog") === dialog) return { message };
    return { kind: "wrong", text: `Expected response ${dialog} got ${line}.` };
  };
  say({ dialog: "apparmor-json-version", data: "2.12" });
  const replyTo = (asked: Exclude<Ask, { kind: "info" | "important" | "changes" }>): Reply | Wrong | undefined => {
    const answer = read(asked.kind);
    if (answer === undefined || "kind" in answer) return answer;
    const { message } = answer;
    const wrong: Wrong = { kind: "wrong", text: `Expected response ${asked.kind} got ${jsonText(message)}.` };
    const key = field(message, "response_key");
    if (asked.kind === "yesno") return key === "y" || key === "n" ? { kind: "yesno", yes: key === "y" } : wrong;
    if (asked.kind === "getstring") {
      const text = field(message, "response");
      return typeof text === "string" ? { kind: "getstring", text } : wrong;
    }
    const selected = field(message, "selected");
    if (typeof key !== "string" || typeof selected !== "number") return wrong;
    return { kind: "promptuser", key: key.toLowerCase(), selected };
  };
  return {
    put: (what) => {
      switch (what.kind) {
        case "info":
        case "important":
          say({ dialog: what.kind, data: what.text });
          return { kind: "said" };
        case "yesno":
          say({ dialog: "yesno", text: what.text, default: what.preset });
          return replyTo(what);
        case "getstring":
          say({ dialog: "getstring", text: what.text, default: what.preset });
          return replyTo(what);
        case "promptuser":
          say(menuMessage(what));
          return replyTo(what);
        case "changes": {
          const file = keepFile(what.diff);
          if (!file.ok)
            return { kind: "wrong", text: `the changes cannot be shown: ${file.error.path}: ${file.error.errno}` };
          say({ dialog: "changes", header: what.header, filename: file.value.path });
          const answer = read("changes");
          file.value.drop();
          return answer === undefined || "kind" in answer ? answer : { kind: "said" };
        }
      }
    },
  };
}
