/** Labels as subjects: `a//&b`, `:ns:a`, and the profiles they are made of. */
import { labelComponents, labelNames } from "../analysis/monitor/index.ts";
import { type Explanation, stackVerdict } from "../analysis/explain/index.ts";
import { type AccessSet, contains } from "../analysis/sets/index.ts";
import { fail, ok, type Outcome } from "../foundation/basics/index.ts";
import type { Profile } from "../language/model/index.ts";
import { unknownProfile } from "./unknown-profile.ts";

type Named = Pick<Profile, "name" | "namespace" | "attachment">;

/** Whether a name is one of a stack, or of a profile in a namespace. */
export function isLabel(name: string): boolean {
  return labelComponents(name).length > 1 || name.startsWith(":") || name.startsWith("&");
}

/** A profile of a label, by the name that it has there. */
export interface StackMember<Item> {
  readonly name: string;
  readonly item: Item;
}

/**
 * The profiles of a label, each once; `unconfined` is not asked and left out. A component without a namespace is in that of the one before; the first
 * of them is in the only namespace that has such a profile.
 *
 * Errors: a sentence: a profile is not there, or several files have one of that name.
 */
export function stackMembers<Item extends { readonly profile: Named }>(
  label: string,
  all: readonly Item[],
): Outcome<readonly StackMember<Item>[], string> {
  const found: Item[] = [];
  let wrong: string | undefined;
  const names = labelNames(
    (name, namespace) => {
      const named = all.filter(({ profile }) => profile.name === name);
      const inside = named.filter(({ profile }) => profile.namespace === namespace);
      const those = inside.length === 0 && namespace === undefined ? named : inside;
      const [own] = those;
      if (own === undefined) {
        wrong =
          namespace === undefined || named.length === 0
            ? unknownProfile(
                name,
                all.map(({ profile }) => profile),
              )
            : `there is no profile \`${name}\` in the namespace \`${namespace}\``;
      } else if (those.length > 1) {
        wrong = `${those.length} profiles have the name \`${name}\`, and which of them is loaded is not known`;
        return undefined;
      }
      if (own !== undefined) found.push(own);
      return own === undefined ? undefined : name;
    },
    label,
    undefined,
  );
  if (names === undefined) return fail(wrong ?? `there is no profile \`${label}\``);
  const members = new Map<Item, string>();
  const confined = names.filter((name) => !/^(?::[^:]*:)?unconfined$/.test(name));
  for (const [place, item] of found.entries()) members.set(item, confined[place] ?? item.profile.name);
  if (members.size === 0) return fail(`no profile of \`${label}\` is confined`);
  return ok([...members].map(([item, name]) => ({ item, name })));
}

/** Whether a rule means the same to all that were asked; what it says in the company of their files is in the sets. Errors: a sentence: it does not. */
export function sameQuestion(
  asked: readonly { readonly name: string; readonly set: AccessSet }[],
): Outcome<AccessSet, string> {
  const [first, ...others] = asked;
  if (first === undefined) return fail("nobody is asked");
  for (const other of others) {
    const [one, two] = [contains(first.set, other.set), contains(other.set, first.set)];
    if (one.ok && one.value && two.ok && two.value) continue;
    return fail(
      `the rule does not mean the same to \`${first.name}\` and \`${other.name}\`: variables, ABI or children differ between their files`,
    );
  }
  return ok(first.set);
}

/** A profile of a stack that was asked. */
export interface AskedMember {
  readonly name: string;
  readonly set: AccessSet;
  readonly explanation: Explanation;
}

interface DecidedStack {
  readonly verdict: Explanation["verdict"];
  /** What all allow. */
  readonly allowed: AccessSet;
  /** Those that do not allow all that is asked. */
  readonly refusing: readonly AskedMember[];
}

/** What comes of what the profiles of a stack said. Errors: a sentence: the rule does not mean the same to them, or the automata grow too large. */
export function decideStack(asked: readonly AskedMember[]): Outcome<DecidedStack, string> {
  const same = sameQuestion(asked);
  if (!same.ok) return same;
  const explanations = asked.map(({ explanation }) => explanation);
  const decided = stackVerdict(same.value, explanations);
  if (!decided.ok) return fail("the automata of the stack's profiles grow too large together");
  const refusing = asked.filter(({ explanation }) => explanation.verdict !== "all");
  return ok({ ...decided.value, refusing });
}
