/** A client of the JSON dialogue as tools 14 describes it, and a run of a dialogue tool for it. */
import assert from "node:assert/strict";
import { type MemoryFiles, memoryFiles } from "../../src/foundation/ports/index.ts";
import { runCommandWith } from "../../src/cli/main.ts";
import { capturedIo } from "./captured-io.ts";

/** Whatever the tool says, by the fields that the protocol names. */
export interface Message {
  readonly dialog: string;
  readonly data?: string;
  readonly text?: string;
  readonly default?: string;
  readonly title?: string | null;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly explanation?: string | null;
  readonly options?: readonly string[] | null;
  readonly menu_items?: readonly string[];
  readonly default_key?: string | number;
  readonly header?: string;
  readonly filename?: string;
}

export interface Held {
  readonly status: number;
  readonly messages: readonly Message[];
  readonly err: string;
  readonly files: MemoryFiles;
}

/** What is said to a message that waits for an answer; `undefined`: the client is gone. */
export type Client = (message: Message, files: MemoryFiles) => string | undefined;

function fieldsOf(line: string): Message {
  const message: unknown = JSON.parse(line);
  assert.ok(isMessage(message), line);
  return message;
}

function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && "dialog" in value && typeof value.dialog === "string";
}

/** Runs a tool over files in memory, one line each way. */
export async function holdDialogue(
  name: string,
  argv: readonly string[],
  texts: Readonly<Record<string, string>>,
  client: Client,
): Promise<Held> {
  const { io, text } = capturedIo();
  const files = memoryFiles(texts);
  const seen = (): readonly string[] => text("out").split("\n");
  const status = await runCommandWith(name, ["-j", ...argv], {
    ...io,
    files: {
      ...files,
      read: (path, options) =>
        path in texts || path.startsWith("/pol") || path.startsWith("/etc/apparmor")
          ? files.read(path, options)
          : io.files.read(path, options),
    },
    // What is kept to be undone is kept in memory, too, whatever this machine has there.
    openDirectory: (path) => ({ ok: true, value: path }),
    realPath: (path) => (path in texts ? path : io.realPath(path)),
    readSetting: (path) => {
      const read = files.read(path);
      return read.ok ? { ok: true, value: Buffer.from(read.value).toString() } : read;
    },
    writeSetting: (path, value) => files.write(path, Buffer.from(value)),
    writeAfterEnd: () => ({ ok: true, value: () => undefined }),
    takeBackAfterEnd: () => ({ ok: true, value: () => undefined }),
    logsAt: () => logsOf(files),
    inputLine: () => {
      const lines = seen();
      // An empty line comes before every read.
      assert.deepEqual(lines.slice(-2), ["", ""], text("out"));
      return client(fieldsOf(lines.at(-3) ?? ""), files);
    },
  });
  return {
    status,
    err: text("err"),
    files,
    messages: seen()
      .filter((line) => line !== "")
      .map(fieldsOf),
  };
}

/** Logs that are files in memory, too. */
function logsOf(files: MemoryFiles): import("../../src/foundation/ports/index.ts").LogsPort {
  return {
    open: async (source) => {
      const path = source.kind === "file" ? source.path : `/var/log/${source.kind}`;
      const found = files.read(path);
      return found.ok ? { ok: true, value: itemsOf(path, found.value) } : found;
    },
  };
}

async function* itemsOf(
  path: string,
  bytes: Uint8Array,
): AsyncIterable<import("../../src/foundation/ports/index.ts").LogItem> {
  yield { kind: "file", path };
  yield { kind: "bytes", bytes };
}

/** Presses a key of a menu. */
export function press(key: string, selected = 0): string {
  return JSON.stringify({ dialog: "promptuser", response_key: key, selected });
}

/** Gives the replies one after the other, whatever is asked. */
export function inTurn(...replies: readonly string[]): Client {
  const left = [...replies];
  return () => left.shift();
}
