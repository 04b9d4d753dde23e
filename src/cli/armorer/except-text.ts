/** Rules that say a set: what the library writes as `audit deny` rules, after those that it is taken off, is an exception to people. */

const EXCEPTION = /^audit deny /;

export function isException(rule: string): boolean {
  return EXCEPTION.test(rule);
}

/** What is left out of the rules before it, in words; any other rule as it is. */
export function exceptText(rule: string): string {
  return rule.replace(EXCEPTION, "except ");
}
