/**
 * Labels: one profile, or several stacked on each other, each perhaps in another namespace (kernel-abi 7.8, 7.11, 9.7). Names are as a task of the
 * namespace `from` sees them: `profile`, `parent//child`, `:ns:profile`, `unconfined`, joined by `//&`.
 */
import { compareBytes } from "../../foundation/text/index.ts";
import type { Profile } from "../../language/model/index.ts";
import { isBelow, labelComponents } from "../../language/tables/index.ts";

const UNCONFINED = "unconfined";

/** A component taken apart; `namespace` is relative to the one the name is seen from. */
interface Component {
  readonly namespace: string | undefined;
  readonly name: string;
}

/** `:ns:name`, `:ns://name`, `:ns:` (its unconfined), `name`. */
function parseComponent(text: string): Component {
  const parts = /^:([^:]*):(?:\/\/)?(.*)$/s.exec(text);
  if (parts === null) return { namespace: undefined, name: text };
  const [, namespace = "", name = ""] = parts;
  return { namespace, name: name === "" ? UNCONFINED : name };
}

/** A namespace below another, by the full name. */
function below(from: string | undefined, namespace: string | undefined): string | undefined {
  if (namespace === undefined) return from;
  return from === undefined ? namespace : `${from}//${namespace}`;
}

/** Looks a profile up by its full name; `undefined`: there is none. */
export type FindProfile = (name: string, namespace: string | undefined) => string | undefined;

/** The full names of a label's components, where all of them are there; a component without a namespace is in that of the one before. */
export function labelNames(find: FindProfile, label: string, from: string | undefined): readonly string[] | undefined {
  const names: string[] = [];
  let inside: string | undefined;
  for (const part of labelComponents(label)) {
    const component = parseComponent(part);
    inside = component.namespace ?? inside;
    const found = component.name === UNCONFINED ? UNCONFINED : find(component.name, below(from, inside));
    if (found === undefined) return undefined;
    names.push(inside === undefined ? found : `:${inside}:${found}`);
  }
  return names;
}

function depth({ namespace }: Component): number {
  return namespace === undefined ? 0 : namespace.split("//").length;
}

/** A label as the kernel writes it: every component once, those of the own namespace first, then by namespace and name. */
export function joinLabel(names: readonly string[]): string {
  const parts = [...new Set(names)].map((text) => ({ text, ...parseComponent(text) }));
  return parts
    .toSorted(
      (a, b) =>
        depth(a) - depth(b) || compareBytes(a.namespace ?? "", b.namespace ?? "") || compareBytes(a.name, b.name),
    )
    .map(({ text }) => text)
    .join("//&");
}

/** The full name of a profile of a namespace, if there is one. */
export function known(world: readonly Profile[], name: string, namespace: string | undefined): string | undefined {
  return findIn(world, name, namespace)?.name;
}

/** The profile of a label's component. */
export function profileOf(world: readonly Profile[], component: string): Profile | undefined {
  const { name, namespace } = parseComponent(component);
  return findIn(world, name, namespace);
}

function findIn(world: readonly Profile[], name: string, namespace: string | undefined): Profile | undefined {
  for (const profile of world) {
    if (profile.namespace !== namespace) continue;
    if (profile.name === name) return profile;
    const child = isBelow(name, profile.name) ? findIn(profile.children, name, namespace) : undefined;
    if (child !== undefined) return child;
  }
  return undefined;
}
