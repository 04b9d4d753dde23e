/**
 * What is asked of a unix socket behind its protocol (kernel-abi 8.7):
 *
 *     0                  create
 *     1 address          \0 name, or \x01 for a socket without one        2 in the name
 *     3 no own label     bind, when the kernel is to choose the name      4 behind its NUL: what the socket does by itself
 *     5, 6 \x02 backlog  listen                                           7, 8 \x04 option: getopt, setopt
 *     9, 10 \x01 peer    its address as above
 *     11 peer label      what is done with a peer; it is never empty
 */
import type { Inputs } from "./inputs-text.ts";
import { nothing } from "./grants.ts";

/** A name that begins with a control byte may be read as a command, too: names with control bytes are left aside, as in `unix-strings.ts`. */
const SPACE = 0x20;
const CREATE = 0x10;
const BIND = 1 << 21;
const LISTEN = 1 << 22;
const OPTIONS = (1 << 24) | (1 << 25);
const OWN = 0x20 | 0x300 | BIND | (1 << 20);
const PEER = 0x2 | 0x4 | 0x40 | (1 << 20);

const masks: readonly number[] = [CREATE, 0, 0, BIND, OWN, 0, 0, 0, 0, 0, 0, PEER];
const Place = {
  none: 1,
  name: 2,
  label: 3,
  own: 4,
  backlog: 5,
  listens: 6,
  option: 7,
  options: 8,
  peer: 9,
  peerName: 10,
} as const;
const PEER_LABEL = 11;
const LISTENS = 12;
const HAS_OPTION = 13;
const NO_PEER_NAME = 14;
const NO_PEER_LABEL = 15;

export const unixInputs: Inputs = {
  start: 0,
  bytes: (phase) => {
    if (phase === 0 || phase === Place.peer) return [0, 1];
    if (phase === Place.own) return [1, 2, 4];
    if (phase === Place.label) return [0];
    return undefined;
  },
  step: (phase, byte) => {
    switch (phase) {
      case 0:
        return byte === 0 ? Place.name : byte === 1 ? Place.none : -1;
      case Place.none:
        return byte === 0 ? Place.label : -1;
      case Place.name:
        return byte === 0 ? Place.label : byte < SPACE ? -1 : Place.name;
      case Place.label:
        return byte === 0 ? Place.own : -1;
      case Place.own:
        return byte === 1 ? Place.peer : byte === 2 ? Place.backlog : byte === 4 ? Place.option : -1;
      case Place.backlog:
        return Place.listens;
      case Place.listens:
        return LISTENS;
      case Place.option:
        return Place.options;
      case Place.options:
        return HAS_OPTION;
      case Place.peer:
        return byte === 0 ? Place.peerName : byte === 1 ? NO_PEER_NAME : -1;
      case NO_PEER_NAME:
        return byte === 0 ? NO_PEER_LABEL : -1;
      case Place.peerName:
        return byte === 0 ? NO_PEER_LABEL : byte < SPACE ? -1 : Place.peerName;
      case NO_PEER_LABEL:
      case PEER_LABEL:
        return byte === 0 ? -1 : PEER_LABEL;
      default:
        return -1;
    }
  },
  cost: (_, byte) => (byte >= 97 && byte <= 122 ? 10 : byte < 5 ? 10 : byte > 0x20 && byte < 0x7f ? 14 : 300),
  asked: (phase, grant) => {
    const mask = phase === LISTENS ? LISTEN : phase === HAS_OPTION ? OPTIONS : (masks[phase] ?? 0);
    const bits = grant.bits & mask;
    return bits === 0 ? nothing : { bits, others: 0, execs: [] };
  },
  endCost: () => 0,
};
