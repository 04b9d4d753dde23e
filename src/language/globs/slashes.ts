/**
 * Squeezes runs of slashes to one, as done to paths, link targets, attachments, mount points, dbus paths and unix addresses
 * before they become patterns. Exactly two slashes at the very start are kept; so is one at the end (policy-language 3.4).
 */
export function slashes(text: string): string {
  if (!text.includes("//")) return text;
  const squeezed = text.replaceAll(/\/+/g, "/");
  return /^\/\/(?!\/)/.test(text) ? `/${squeezed}` : squeezed;
}
