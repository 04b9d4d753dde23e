/** A policy read once more with all it includes, as one stream of tokens, reported to a listener (policy-language 1.8). */
import type { SourceFile } from "../../foundation/text/index.ts";
import { parseSpliced } from "../syntax/index.ts";
import { Budget } from "./budget.ts";
import { findInclude, type LookUp } from "./includes.ts";
import type { ResolveLimits } from "./limits.ts";
import type { SplicedListener } from "./options.ts";

interface Telling {
  readonly where: LookUp;
  readonly limits: ResolveLimits;
}

/** Nothing is resolved: includes are followed, whatever conditions surround them, as far as the limits allow. */
export function tellSpliced(main: SourceFile, listener: SplicedListener, { where, limits }: Telling): void {
  const budget = new Budget(limits);
  const scopes = new Map<number, Set<string>>();
  const opened = new Map<string, SourceFile>([[main.id, main]]);
  parseSpliced(main, {
    listener,
    include: ({ node, scope }) => {
      // Whoever resolved the policy has said that there is too much.
      if (budget.exceeded !== undefined) return [];
      const seen = scopes.get(scope) ?? new Set<string>();
      scopes.set(scope, seen);
      const found = findInclude(node.path.value, node.searched, seen, where);
      const source = opened.get(node.span.file);
      if (source !== undefined) listener.include(node, found, { source, start: node.span.start, end: node.span.end });
      if (found.kind !== "files") return [];
      const files = found.paths
        .map((path) => where.session.source(path))
        .flatMap((read) => (read.ok ? [read.value] : []));
      for (const file of files) {
        budget.spendFile(file);
        opened.set(file.id, file);
      }
      return files;
    },
  });
}
