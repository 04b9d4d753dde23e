/**
 * The parts of a profile's full name, `parent//child`. Pairs of slashes are counted from the left, as kernel and parser count them, for a
 * child's own name may start with a slash: `p///bin/x` is the child `/bin/x` of `p` (policy-language 3.6).
 */
export function lastPart(name: string): string {
  return name.split("//").at(-1) ?? name;
}

/** A full name without its last part; `undefined` for a name of one part. */
export function splitFullName(fullName: string): { readonly parent: string; readonly name: string } | undefined {
  const name = lastPart(fullName);
  const parent = fullName.slice(0, -name.length - 2);
  return name === fullName || parent === "" ? undefined : { parent, name };
}
