/** The policy's feature set (policy-language 3.2): the first `abi` line counts, and only before the first profile. */
import { withoutTrailing } from "../../foundation/text/index.ts";
import { sentence } from "../../foundation/diagnostics/index.ts";
import type { SourceFile } from "../../foundation/text/index.ts";
import type { Abi, Origin } from "../model/index.ts";
import type { AbiNode } from "../syntax/index.ts";
import { absolutePath, type LookUp, whereLooked, whyRefused } from "./includes.ts";
import type { ResolveOptions } from "./options.ts";
import type { Report } from "./report.ts";

interface Context {
  readonly origin: Origin;
  readonly report: Report;
  readonly where: LookUp;
  readonly options: Pick<ResolveOptions, "kernelFeatures">;
  /** Names already included in this scope. */
  readonly seen: ReadonlySet<string>;
}

/** A feature set that was read and the text it came from. */
export interface ReadAbi {
  readonly abi: Abi;
  readonly content: string;
  readonly path: string | undefined;
}

/** Reads what an `abi` line names; `undefined`, and reported, when it names nothing. */
export function readAbi(node: AbiNode, context: Context): ReadAbi | undefined {
  const { options, origin, report } = context;
  const name = node.path.value;
  const at = origin.span;
  if (node.searched && (name === "kernel" || name === "default")) {
    if (name === "kernel" && options.kernelFeatures === undefined) {
      report("resolve/abi-unusable", origin, "the features of the kernel are not known");
      return undefined;
    }
    return { abi: { name, at, source: name, features: undefined }, content: `<${name}>`, path: undefined };
  }
  const found = findFile(node, context);
  if (found === undefined) return undefined;
  const features = context.where.session.features(found);
  return { abi: { name, at, source: "file", features }, content: found.text, path: found.path };
}

function findFile(node: AbiNode, { origin, report, seen, where }: Context): SourceFile | undefined {
  const name = node.path.value;
  const keys = node.searched ? where.search.map((directory) => `${withoutTrailing(directory, "/")}/${name}`) : [name];
  let errno = "ENOENT";
  for (const key of keys) {
    const path = absolutePath(key, where.cwd);
    const kind = where.session.kind(path);
    if (kind === undefined || kind === "dangling") continue;
    if (seen.has(key) && node.searched) {
      report(
        "resolve/abi-already-included",
        origin,
        sentence`${{ path: name }} was included before, so it cannot be the abi`,
      );
      return undefined;
    }
    if (kind === "directory") {
      report("resolve/abi-unusable", origin, sentence`${{ path: name }} is a directory, not a feature file`);
      return undefined;
    }
    const source = where.session.source(path);
    if (source.ok) return source.value;
    const why = whyRefused(source.error);
    if (why !== undefined) {
      report(
        "resolve/abi-unusable",
        origin,
        sentence`the feature file ${{ path: name }} is not read: ${{ file: path }} ${why}`,
      );
      return undefined;
    }
    ({ errno } = source.error);
  }
  const help = whereLooked(node, where, "correct the name or install the file");
  const message = sentence`the feature file ${{ path: name }} cannot be opened (${errno})`;
  report("resolve/abi-not-found", origin, message, { help });
  return undefined;
}
