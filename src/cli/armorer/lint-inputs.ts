/** What lint is told beside the policy: its configuration, and the units that start programs. */
import { type LintConfig, type Unit, loadLinter } from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { decodeBytes } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import { baseName } from "../inputs.ts";
import type { Invocation } from "./command.ts";

/** The configuration that is named, else the one in the directory of policy. Errors: in words. */
export async function readConfig(call: Invocation, policy: string): Promise<Outcome<LintConfig, string>> {
  const { LINT_CONFIG, noConfig, readLintConfig } = await loadLinter();
  const named = call.value("config");
  const path = named ?? `${policy}/${LINT_CONFIG}`;
  const isThere = named !== undefined || call.io.files.kind(path) === "file";
  if (!isThere) return ok(noConfig);
  const bytes = call.io.files.read(path, { isOperand: named !== undefined });
  if (!bytes.ok) return fail(`${path}: ${fileRefusalText(bytes.error)}`);
  const config = readLintConfig(decodeBytes(bytes.value));
  return config.ok ? config : fail(`${path}: ${config.error}`);
}

/** The units with no_new_privs among those that are named, each with its drop-ins; a directory stands for its services. */
export async function readUnits(call: Invocation): Promise<Outcome<readonly Unit[], string>> {
  const { readUnit } = await loadLinter();
  const { files } = call.io;
  const units: Unit[] = [];
  for (const named of call.values("unit")) {
    const paths = files.kind(named) === "directory" ? entriesOf(call, named, ".service") : ok([named]);
    if (!paths.ok) return paths;
    for (const path of paths.value) {
      const dropIns = files.kind(`${path}.d`) === "directory" ? entriesOf(call, `${path}.d`, ".conf") : ok([]);
      if (!dropIns.ok) return dropIns;
      const texts: string[] = [];
      for (const one of [path, ...dropIns.value]) {
        const bytes = files.read(one, { isOperand: one === named });
        if (!bytes.ok) return fail(`${one}: ${fileRefusalText(bytes.error)}`);
        texts.push(decodeBytes(bytes.value));
      }
      const unit = readUnit(baseName(path), texts.join("\n"));
      if (unit !== undefined) units.push(unit);
    }
  }
  return ok(units);
}

function entriesOf(call: Invocation, directory: string, end: string): Outcome<readonly string[], string> {
  const listing = call.io.files.list(directory);
  if (!listing.ok) return fail(`${directory}: ${fileRefusalText(listing.error)}`);
  const found = listing.value.filter(({ kind, name }) => kind === "file" && name.endsWith(end));
  return ok(found.map(({ name }) => `${directory}/${name}`).toSorted());
}
