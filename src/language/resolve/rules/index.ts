/** From a rule's node to the rule, its operands not expanded yet: everything that can be said of a rule alone. */
import type { Rule } from "../../model/index.ts";
import type { ConditionRuleNode, RuleNode } from "../../syntax/index.ts";
import { checkCapability } from "./capability.ts";
import { checkChangeProfile } from "./change-profile.ts";
import type { RuleContext } from "./context.ts";
import { checkDbus } from "./dbus.ts";
import { checkFile, checkLink } from "./file.ts";
import { checkIoUring } from "./io-uring.ts";
import { checkMount } from "./mount.ts";
import { checkMqueue } from "./mqueue.ts";
import { checkNetwork } from "./network.ts";
import { checkPtrace } from "./ptrace.ts";
import { checkSignal } from "./signal.ts";
import { checkUnix } from "./unix.ts";
import { checkAll, checkUserns } from "./userns.ts";

type Checker = (node: ConditionRuleNode, context: RuleContext) => Rule;

const conditioned: { readonly [K in ConditionRuleNode["kind"]]: Checker } = {
  network: checkNetwork,
  unix: checkUnix,
  dbus: checkDbus,
  signal: checkSignal,
  ptrace: checkPtrace,
  mqueue: checkMqueue,
  io_uring: checkIoUring,
  userns: checkUserns,
  all: checkAll,
};

/** The rule a node says; `undefined` when what is wrong with it leaves nothing to go by. */
export function checkRule(node: RuleNode, context: RuleContext): Rule | undefined {
  if (isConditioned(node)) return conditioned[node.kind](node, context);
  switch (node.kind) {
    case "file":
      return checkFile(node, context);
    case "link":
      return checkLink(node, context);
    case "change_profile":
      return checkChangeProfile(node, context);
    case "capability":
      return checkCapability(node, context);
    case "mount":
      return checkMount(node, context);
  }
}

function isConditioned(node: RuleNode): node is ConditionRuleNode {
  return node.kind in conditioned;
}
