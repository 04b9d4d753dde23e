/** How the kernel names profiles: `parent//child` (kernel-abi 9.1). */

/** Whether a name is that of a profile below another. */
export function isBelow(name: string, profile: string): boolean {
  return name.startsWith(`${profile}//`);
}

/** Whether a name is a profile's own or that of one below it. */
export function isOfFamily(name: string, profile: string): boolean {
  return name === profile || isBelow(name, profile);
}

/** The components of a label: `a//&b` is two. */
export function labelComponents(label: string): readonly string[] {
  return label.replace(/^&/, "").split("//&");
}
