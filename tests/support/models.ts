/** Profiles of the model, made by hand in a few words: for tests that want no parser between themselves and the rules. */
import { fileId } from "../../src/foundation/text/index.ts";
import {
  type FileRule,
  type Operand,
  type Origin,
  type Profile,
  type ProfileFlags,
  type Rule,
  type RuleQualifiers,
  bareRules,
  emptyProfile,
} from "../../src/language/model/index.ts";
import { parseFilePermissions } from "../../src/language/tables/index.ts";

const origin: Origin = { span: { file: fileId("test"), start: 0, end: 0 }, includes: [] };

export function operand(text: string): Operand {
  return { text, written: text, span: origin.span };
}

/** Qualifiers as they are written: `audit deny`, `priority=3 allow`. */
function qualifiers(words: string): RuleQualifiers {
  const priority = /priority=(-?\d+)/.exec(words)?.[1];
  const mode = (["allow", "deny", "prompt"] as const).find((word) => words.split(" ").includes(word));
  return { origin, mode: mode ?? "implicit", audit: words.includes("audit"), priority: Number(priority ?? 0) };
}

/** `file("/a*", "rw")`, `file("/bin/x", "Px", "audit", "target")`. */
export function file(path: string, letters: string, words = "", target?: string): FileRule {
  const parsed = parseFilePermissions(letters);
  if (!parsed.ok) throw new Error(`no permissions: ${letters}`);
  const { permissions, exec } = parsed.value;
  return {
    ...bareRules.file,
    ...qualifiers(words),
    path: operand(path),
    permissions,
    owner: words.includes("owner") ? "owner" : words.includes("other") ? "other" : "any",
    exec,
    execTarget: exec !== undefined && target !== undefined ? operand(target) : undefined,
    linkTarget: exec === undefined && target !== undefined ? operand(target) : undefined,
  };
}

/** The fields a test cares about, with the rest of the rule left unsaid. */
export function rule<K extends Rule["kind"]>(
  kind: K,
  fields: Partial<Omit<Extract<Rule, { kind: K }>, "kind">>,
  words = "",
): Extract<Rule, { kind: K }> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the compiler does not see that kind and fields belong together
  return { ...bareRules[kind], ...qualifiers(words), ...fields } as unknown as Extract<Rule, { kind: K }>;
}

export function profile(
  name: string,
  rules: readonly Rule[],
  more: Partial<Profile> & { mode?: ProfileFlags["mode"] } = {},
): Profile {
  const { mode = "enforce", ...fields } = more;
  const empty = emptyProfile(name);
  return {
    ...empty,
    written: name.split("//").at(-1) ?? name,
    attachment: name.startsWith("/") ? operand(name) : undefined,
    flags: { ...empty.flags, mode },
    rules,
    origin,
    ...fields,
  };
}
