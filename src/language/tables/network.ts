/**
 * Socket families, types and the protocol words of network rules. Source: linux/socket.h (AF_*), socket(2) for types;
 * which names the language takes: policy-language 2.6.2, 2.6.3.
 */
export const socketFamilies: readonly (readonly [name: string, number: number])[] = [
  ["unspec", 0],
  ["unix", 1],
  ["inet", 2],
  ["ax25", 3],
  ["ipx", 4],
  ["appletalk", 5],
  ["netrom", 6],
  ["bridge", 7],
  ["atmpvc", 8],
  ["x25", 9],
  ["inet6", 10],
  ["rose", 11],
  ["netbeui", 13],
  ["security", 14],
  ["key", 15],
  ["netlink", 16],
  ["packet", 17],
  ["ash", 18],
  ["econet", 19],
  ["atmsvc", 20],
  ["rds", 21],
  ["sna", 22],
  ["irda", 23],
  ["pppox", 24],
  ["wanpipe", 25],
  ["llc", 26],
  ["ib", 27],
  ["mpls", 28],
  ["can", 29],
  ["tipc", 30],
  ["bluetooth", 31],
  ["iucv", 32],
  ["rxrpc", 33],
  ["isdn", 34],
  ["phonet", 35],
  ["ieee802154", 36],
  ["caif", 37],
  ["alg", 38],
  ["nfc", 39],
  ["vsock", 40],
  ["kcm", 41],
  ["qipcrtr", 42],
  ["smc", 43],
  ["xdp", 44],
  ["mctp", 45],
] as const satisfies readonly (readonly [name: string, number: number])[];

export type SocketFamily = (typeof socketFamilies)[number][0];

const familyNumbers: ReadonlyMap<string, number> = new Map(socketFamilies);
const familyNames: ReadonlyMap<number, SocketFamily> = new Map(socketFamilies.map(([name, number]) => [number, name]));

/** Whether a word names an address family. */
export function isSocketFamily(text: string): text is SocketFamily {
  return familyNumbers.has(text);
}

/** The number of an address family, as Linux counts them. */
export function familyNumber(name: string): number | undefined {
  return familyNumbers.get(name);
}

/** The name of an address family. */
export function familyName(number: number): SocketFamily | undefined {
  return familyNames.get(number);
}

/** SOCK_* numbers. Unix rules take all of these and `none` (0); network rules take those of `networkTypes`. */
export const socketTypes: ReadonlyMap<string, number> = new Map([
  ["stream", 1],
  ["dgram", 2],
  ["raw", 3],
  ["rdm", 4],
  ["seqpacket", 5],
  ["dccp", 6],
  ["packet", 10],
]);

/** The type words of network rules. */
export const networkTypes = ["stream", "dgram", "seqpacket", "rdm", "raw", "packet"] as const;

export type NetworkType = (typeof networkTypes)[number];

/** The type words of unix rules. */
export const unixTypes = ["none", "stream", "dgram", "raw", "rdm", "seqpacket", "dccp", "packet"] as const;

export type UnixType = (typeof unixTypes)[number];

/** Whether a word names a socket type that `network` rules know. */
export function isNetworkType(text: string): text is NetworkType {
  const names: readonly string[] = networkTypes;
  return names.includes(text);
}

/** Whether a word names a socket type that `unix` rules know. */
export function isUnixType(text: string): text is UnixType {
  const names: readonly string[] = unixTypes;
  return names.includes(text);
}

/** Protocol words of network rules: the families they go with and the socket type they mean. `number` is IPPROTO_*. */
export interface ProtocolWord {
  readonly families: readonly string[];
  readonly type: string;
  readonly number: number;
}

export const protocolWords: ReadonlyMap<string, ProtocolWord> = new Map([
  ["tcp", { families: ["inet", "inet6"], type: "stream", number: 6 }],
  ["udp", { families: ["inet", "inet6"], type: "dgram", number: 17 }],
  ["icmp", { families: ["inet"], type: "raw", number: 1 }],
]);
