/** Whether a text is an address as `inet_pton(3)` takes it: a dotted quad, or IPv6 (RFC 4291), no scope and no prefix length. */
export function isIpAddress(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isIpv6(text: string): boolean {
  const [head = "", tail, ...more] = text.split("::");
  if (more.length > 0 || text.includes(":::")) return false;
  if (tail === undefined) return groupsOf(head) === 8;
  const left = head === "" ? 0 : groupsOf(head, false);
  const right = tail === "" ? 0 : groupsOf(tail);
  return left !== undefined && right !== undefined && left + right <= 7;
}

/** How many 16-bit groups are there; the last may be a dotted quad. */
function groupsOf(text: string, quadAllowed = true): number | undefined {
  const parts = text.split(":");
  const last = parts.at(-1) ?? "";
  const quad = quadAllowed && last.includes(".");
  const plain = quad ? parts.slice(0, -1) : parts;
  if (quad && !isIpv4(last)) return undefined;
  if (!plain.every((part) => /^[0-9A-Fa-f]{1,4}$/.test(part))) return undefined;
  return plain.length + (quad ? 2 : 0);
}
