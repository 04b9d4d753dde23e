/** `io_uring` and `userns`, whose permissions are at the class itself; credentials that are taken over have a label (kernel-abi 8.14, 8.15). */
import { step } from "../../automata/index.ts";
import { ioUringBits, MediationClass, usernsBits } from "../../compiled/index.ts";
import { coverFields } from "../fields.ts";
import { ALLOW, AUDIT, AUDIT_PROMPT, DENY, PROMPT } from "../layers.ts";
import { type Place, saidAt, unfold } from "../unfolded.ts";
import { type ClassRules, condition, permissionList, type Policydb, shortened } from "../class-rules.ts";

const ALL = ioUringBits.override_creds | ioUringBits.sqpoll;

export function ioUringRules({ automaton, start, effort }: Policydb): ClassRules {
  const { dfa } = automaton;
  const strings = {
    first: { phase: 0, state: step(dfa, start, MediationClass.ioUring) },
    text: (phase: number) => phase,
    special: () => [[0, undefined]] as const,
    said: ({ state }: Place) => saidAt(automaton, state, ALL),
  };
  const unfolded = unfold(dfa, strings, effort.patterns);
  if (unfolded === undefined) return shortened;
  const cover = coverFields(
    unfolded,
    {
      become: (rule) => {
        const { layer, fields } = rule;
        // credentials come with a label
        const grants = fields[0]?.length === 0 ? rule.grants & ~ioUringBits.override_creds : rule.grants;
        if (grants === 0) return [];
        if ((grants & ioUringBits.override_creds) === 0) return [{ layer, fields: [[]], grants }];
        return [
          { ...rule, grants },
          { layer, fields: [[]], grants, isImplied: true },
        ];
      },
      unasked: (state) => (state === 1 ? 0 : ioUringBits.sqpoll),
    },
    effort,
  );
  const rules = cover.rules.map(({ layer, grants, fields: [label] }) => ({
    layer,
    text: `io_uring${permissionList(grants, ALL, MediationClass.ioUring)}${label?.pattern.length === 0 ? "" : condition("label", label)},`,
  }));
  return { rules, isWhole: cover.isWhole };
}

export function usernsRules({ automaton, start }: Policydb): ClassRules {
  const state = step(automaton.dfa, start, MediationClass.userns);
  const { allow, audit, quiet, prompt } = saidAt(automaton, state, usernsBits.create);
  const layers = [
    ...(allow === 0 ? [] : [audit === 0 ? ALLOW : AUDIT]),
    ...(prompt === 0 ? [] : [audit === 0 ? PROMPT : AUDIT_PROMPT]),
    ...(quiet === 0 ? [] : [DENY]),
  ];
  return { rules: layers.map((layer) => ({ layer, text: "userns," })), isWhole: true };
}
