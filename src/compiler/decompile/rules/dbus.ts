/** `dbus`: a bus for who eavesdrops, with a name for who owns it, with all five texts for messages (kernel-abi 8.13). */
import { step } from "../../automata/index.ts";
import { dbusBits, MediationClass } from "../../compiled/index.ts";
import { coverFields, type FieldRule, type FieldText } from "../fields.ts";
import { type Place, saidAt, unfold } from "../unfolded.ts";
import { type ClassRules, condition, permissionList, type Policydb, shortened } from "../class-rules.ts";

const MESSAGE = dbusBits.send | dbusBits.receive;
const ALL = MESSAGE | dbusBits.bind | dbusBits.eavesdrop;
const LAST = 5;
/** By the fields before the place. */
const asked = [dbusBits.eavesdrop, dbusBits.bind, 0, 0, 0, MESSAGE];

export function dbusRules({ automaton, start, effort }: Policydb): ClassRules {
  const { dfa } = automaton;
  const strings = {
    first: { phase: 0, state: step(dfa, start, MediationClass.dbus) },
    text: (phase: number) => phase,
    special: ({ phase, state }: Place) =>
      [[0, phase === LAST ? undefined : { phase: phase + 1, state: step(dfa, state, 0) }]] as const,
    said: ({ phase, state }: Place) => saidAt(automaton, state, asked[phase] ?? 0),
  };
  const unfolded = unfold(dfa, strings, effort.patterns);
  if (unfolded === undefined) return shortened;
  const cover = coverFields(
    unfolded,
    {
      become: (rule) => {
        const grants = rule.grants & (asked[rule.fields.length - 1] ?? 0);
        return grants === 0 ? [] : [{ ...rule, grants }];
      },
      spelling: (field) => (field === 3 ? "path" : "text"),
      unasked: (_, phase) => ALL & ~(asked[phase] ?? 0),
    },
    effort,
  );
  return {
    rules: joined(cover.rules).map(({ layer, ...rule }) => ({ layer, text: textOf(rule) })),
    isWhole: cover.isWhole,
  };
}

/** What is allowed on a whole bus in all three ways, as one rule. */
function joined(rules: readonly FieldRule[]): readonly FieldRule[] {
  const wide = new Map<string, FieldRule[]>();
  for (const rule of rules) {
    const { layer, fields } = rule;
    if (!fields.slice(1).every(({ isAny }) => isAny)) continue;
    const key = `${layer} ${fields[0]?.isAny === true ? "" : `=${fields[0]?.text}`}`;
    wide.set(key, [...(wide.get(key) ?? []), rule]);
  }
  const whole = [...wide.values()].filter((group) => group.reduce((sum, { grants }) => sum | grants, 0) === ALL);
  const gone = new Set(whole.flat());
  return [
    ...whole.map((group) => ({ ...group[0]!, fields: group[0]!.fields.slice(0, 1), grants: ALL })),
    ...rules.filter((rule) => !gone.has(rule)),
  ];
}

function textOf({ fields, grants }: Omit<FieldRule, "layer">): string {
  const [bus, name, label, path, face, member] = fields;
  const head = `dbus${permissionList(grants, ALL, MediationClass.dbus)}${condition("bus", bus)}`;
  if (label === undefined) return `${head}${condition("name", name)},`;
  const peer = `${condition("name", inList(name))}${condition("label", inList(label))}`.trimStart();
  const message = `${condition("path", path)}${condition("interface", face)}${condition("member", member)}`;
  return `${head}${message}${peer === "" ? "" : ` peer=(${peer})`},`;
}

/** Nothing at all is written as an alternation within parentheses, where empty quotes are an error. */
function inList(field: FieldText | undefined): FieldText | undefined {
  return field?.text === '""' ? { ...field, text: '"{,}"' } : field;
}
