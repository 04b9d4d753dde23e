/** A policy text with its includes in place (tools.md 3.1, `--preprocess`): each is announced by a line of its own. */
import type { SourceFile } from "../foundation/text/index.ts";
import { findInclude, type ResolveSession } from "../language/resolve/index.ts";
import type { BodyItemNode, IncludeNode, ItemNode } from "../language/syntax/index.ts";
import type { PolicySettings } from "./engine.ts";

const MAX_DEPTH = 100;
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** The includes of a tree, in the order of the text. */
function includesOf(items: readonly (ItemNode | BodyItemNode)[]): IncludeNode[] {
  return items.flatMap((item): IncludeNode[] => {
    if (item.kind === "include") return [item];
    if (item.kind === "profile" || item.kind === "block") return includesOf(item.items);
    return item.kind === "conditional" ? [...includesOf(item.then), ...includesOf(item.otherwise ?? [])] : [];
  });
}

class Expansion {
  readonly #session: ResolveSession;
  readonly #settings: PolicySettings;
  readonly #parts: string[] = [];
  #characters = 0;

  constructor(session: ResolveSession, settings: PolicySettings) {
    this.#session = session;
    this.#settings = settings;
  }

  add(file: SourceFile, depth: number): void {
    let at = 0;
    const includes = includesOf(this.#session.tree(file).items).toSorted((a, b) => a.span.start - b.span.start);
    for (const include of includes) {
      this.#write(file.text.slice(at, include.span.start));
      this.#addInclude(include, depth);
      at = include.span.end;
    }
    this.#write(file.text.slice(at));
  }

  text(): string {
    return this.#parts.join("");
  }

  #write(text: string): void {
    this.#characters += text.length;
    if (this.#characters <= MAX_CHARACTERS) this.#parts.push(text);
  }

  #addInclude(include: IncludeNode, depth: number): void {
    const { value } = include.path;
    const shown = include.searched ? `<${value}>` : `"${value}"`;
    const search = [...this.#settings.includePath, this.#settings.base];
    const where = { session: this.#session, search, cwd: this.#settings.workingDirectory };
    const found = findInclude(value, include.searched, new Set(), where);
    if (found.kind !== "files") {
      if (include.ifExists) this.#write(`\n\n##failed include ${shown}\n`);
      return;
    }
    this.#write(`\n\n##included ${shown}\n`);
    if (depth >= MAX_DEPTH || this.#characters > MAX_CHARACTERS) return;
    for (const path of found.paths) {
      const source = this.#session.source(path);
      if (source.ok) this.add(source.value, depth + 1);
    }
  }
}

/** The text of a file with all that it includes; what cannot be included is left out, and said elsewhere. */
export function preprocess(source: SourceFile, session: ResolveSession, settings: PolicySettings): string {
  const expansion = new Expansion(session, settings);
  expansion.add(source, 0);
  return expansion.text();
}
