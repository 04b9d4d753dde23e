/** Variables that every profile has of its own: in a question they are those of the profile that is asked (policy-language 3.4). */
import { fail, ok, type Outcome } from "../../foundation/basics/index.ts";
import type { Profile } from "../../language/model/index.ts";

const NAMES = /@\{(profile_name|attach_path|exec_path)\}/g;

/** Whether a rule means something else in each profile. */
export function hasOwnVariables(text: string): boolean {
  return text.search(NAMES) >= 0;
}

/**
 * The rule with the variables of a profile filled in.
 *
 * Errors: a sentence, where a value cannot be written in a rule as it is, or there is none.
 */
export function withOwnVariables(
  text: string,
  { name, attachment }: Pick<Profile, "name" | "attachment">,
): Outcome<string, string> {
  let wrong: string | undefined;
  const filled = text.replaceAll(NAMES, (written, variable: string) => {
    const value = variable === "profile_name" ? name.replaceAll(/\\.|[{}[\]*?]/gs, escaped) : attachment?.text;
    if (value === undefined) wrong = `\`${written}\` has no value, since \`${name}\` has no attachment`;
    else if (/[\s"#]/.test(value))
      wrong = `\`${written}\` is \`${value}\`, which cannot be asked about by its variable`;
    return value ?? written;
  });
  return wrong === undefined ? ok(filled) : fail(wrong);
}

/** A name may hold escapes already: they stay. */
function escaped(text: string): string {
  return text.length > 1 ? text : `\\${text}`;
}
