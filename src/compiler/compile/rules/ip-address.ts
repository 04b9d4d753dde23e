/**
 * The bytes of an IPv4 (4) or IPv6 (16) address, high one first, as inet_pton(3) takes it (policy-language 2.6.2); `undefined` for anything
 * else.
 */
export function ipBytes(text: string): Uint8Array | undefined {
  const bytes = text.includes(":") ? ipv6Bytes(text) : ipv4Bytes(text);
  return bytes && Uint8Array.from(bytes);
}

function ipv4Bytes(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part))) return undefined;
  const numbers = parts.map(Number);
  return numbers.every((number) => number <= 255) ? numbers : undefined;
}

function ipv6Bytes(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === "" ? [] : groupBytes(half)));
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 16 ? head : undefined;
  const gap = 16 - head.length - (tail?.length ?? 0);
  if (tail === undefined || gap < 2) return undefined;
  return [...head, ...Array.from({ length: gap }, () => 0), ...tail];
}

/** Groups of up to four hex digits; the last may be an IPv4 address. */
function groupBytes(text: string): number[] | undefined {
  const groups = text.split(":");
  const out: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (index === groups.length - 1 && group.includes(".")) {
      const last = ipv4Bytes(group);
      if (last === undefined) return undefined;
      out.push(...last);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const number = Number.parseInt(group, 16);
      out.push(number >> 8, number & 0xff);
    } else return undefined;
  }
  return out;
}
