/** What lint is told beside the policy: its configuration, and the units that start programs. */
import { type LintConfig, type Unit, loadLinter } from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import type { FileRefusal } from "../../foundation/ports/index.ts";
import { decodeBytes } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import { baseName } from "../inputs.ts";
import type { Invocation } from "./command.ts";

/** The configuration that is named, else the one in the directory of policy. Errors: in words. */
export async function readConfig(call: Invocation, policy: string): Promise<Outcome<LintConfig, string>> {
  const { LINT_CONFIG, noConfig, readLintConfig } = await loadLinter();
  const named = call.value("config");
  const path = named ?? `${policy}/${LINT_CONFIG}`;
  const bytes = call.io.files.read(path, { isOperand: named !== undefined });
  if (!bytes.ok && named === undefined && isAbsent(bytes.error)) {
    const listing = call.io.files.list(policy);
    // A link that leads nowhere is there.
    if (!listing.ok || listing.value.every(({ name }) => name !== LINT_CONFIG)) return ok(noConfig);
  }
  if (!bytes.ok) return fail(`${path}: ${fileRefusalText(bytes.error)}`);
  const config = readLintConfig(decodeBytes(bytes.value));
  return config.ok ? config : fail(`${path}: ${config.error}`);
}

/** No such file, also below what is a file itself. All else, a FIFO or a file that may not be read, is there and not to be passed over. */
function isAbsent({ errno }: FileRefusal): boolean {
  return errno === "ENOENT" || errno === "ENOTDIR";
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
      const dropIns = entriesOf(call, `${path}.d`, ".conf", { mayBeAbsent: true });
      if (!dropIns.ok) return dropIns;
      const texts: string[] = [];
      for (const one of [path, ...dropIns.value]) {
        const bytes = files.read(one, { isOperand: one === named });
        // A unit that is linked to /dev/null is masked, and so is a drop-in (systemd.unit(5)).
        if (!bytes.ok && one !== named && isDevice(bytes.error)) continue;
        if (!bytes.ok) return fail(`${one}: ${fileRefusalText(bytes.error)}`);
        texts.push(decodeBytes(bytes.value));
      }
      const unit = readUnit(baseName(path), texts.join("\n"));
      if (unit !== undefined) units.push(unit);
    }
  }
  return ok(units);
}

function isDevice({ trouble }: FileRefusal): boolean {
  return trouble?.kind === "special" && trouble.is === "character device";
}

/** What is there but is no file is for the reader to refuse. */
function entriesOf(
  call: Invocation,
  directory: string,
  end: string,
  { mayBeAbsent = false } = {},
): Outcome<readonly string[], string> {
  const listing = call.io.files.list(directory);
  if (!listing.ok && mayBeAbsent && isAbsent(listing.error)) return ok([]);
  if (!listing.ok) return fail(`${directory}: ${fileRefusalText(listing.error)}`);
  const found = listing.value.filter(({ kind, name }) => kind !== "directory" && name.endsWith(end));
  return ok(found.map(({ name }) => `${directory}/${name}`).toSorted());
}
