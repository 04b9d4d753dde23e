/** One compile function for every rule kind. A kind that is forgotten here does not type-check. */
import type { Rule, RuleKind } from "../../../language/model/index.ts";
import type { RuleContext } from "../context.ts";
import { compileCapabilityRules } from "./capability.ts";
import { compileChangeProfileRules } from "./change-profile.ts";
import { compileDbusRules } from "./dbus.ts";
import { compileFileRules } from "./file.ts";
import { compileIoUringRules } from "./io-uring.ts";
import { compileLinkRules } from "./link.ts";
import { compileMountRules } from "./mount.ts";
import { compileMqueueRules } from "./mqueue.ts";
import { compileNetworkRules } from "./network.ts";
import { compilePtraceRules } from "./ptrace.ts";
import { compileRlimitRules } from "./rlimit.ts";
import { compileSignalRules } from "./signal.ts";
import { compileUnixRules } from "./unix.ts";
import { compileUsernsRules } from "./userns.ts";

type RuleOf<K extends RuleKind> = Extract<Rule, { kind: K }>;

/** Given all rules of a kind in one profile, after aliases; what they mean is emitted into the context. */
const compilers: { readonly [K in RuleKind]: (rules: readonly RuleOf<K>[], context: RuleContext) => void } = {
  file: compileFileRules,
  link: compileLinkRules,
  change_profile: compileChangeProfileRules,
  capability: compileCapabilityRules,
  network: compileNetworkRules,
  unix: compileUnixRules,
  mount: compileMountRules,
  signal: compileSignalRules,
  ptrace: compilePtraceRules,
  dbus: compileDbusRules,
  mqueue: compileMqueueRules,
  io_uring: compileIoUringRules,
  userns: compileUsernsRules,
  rlimit: compileRlimitRules,
  // Written out before (implied.ts).
  all: () => undefined,
};

/** Compiles the rules of a profile, kind by kind. */
export function compileRules(rules: readonly Rule[], context: RuleContext): void {
  const present = new Set(rules.map(({ kind }) => kind));
  for (const kind of kinds) if (present.has(kind)) compileKind(kind, rules, context);
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it ties the compiler to its rules
function compileKind<K extends RuleKind>(kind: K, rules: readonly Rule[], context: RuleContext): void {
  const chosen = rules.filter((rule): rule is RuleOf<K> => rule.kind === kind);
  compilers[kind](chosen, context);
}

// A kind that is in the table is compiled: nothing has to be listed again.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the table above
const kinds = Object.keys(compilers) as readonly RuleKind[];
