/** One class of access, one function: from an access to what its profile needs for it. */
import type { Access } from "../../access/index.ts";
import { fileNeed, linkNeed } from "./file.ts";
import { dbusNeed, mqueueNeed } from "./messages.ts";
import { mountNeed, pivotRootNeed, umountNeed } from "./mounts.ts";
import type { AccessNeed } from "./need.ts";
import { networkNeed, unixNeed } from "./sockets.ts";
import {
  capabilityNeed,
  changeProfileNeed,
  hatNeed,
  ioUringNeed,
  ptraceNeed,
  rlimitNeed,
  signalNeed,
  usernsNeed,
} from "./tasks.ts";

type Needs = { readonly [K in Access["kind"]]: (access: Extract<Access, { kind: K }>) => AccessNeed };

const NEEDS: Needs = {
  file: fileNeed,
  link: linkNeed,
  exec: (access) => access,
  capability: capabilityNeed,
  network: networkNeed,
  unix: unixNeed,
  signal: signalNeed,
  ptrace: ptraceNeed,
  userns: usernsNeed,
  io_uring: ioUringNeed,
  rlimit: rlimitNeed,
  change_profile: changeProfileNeed,
  hat: hatNeed,
  mount: mountNeed,
  umount: umountNeed,
  pivot_root: pivotRootNeed,
  dbus: dbusNeed,
  mqueue: mqueueNeed,
};

export function needOf<K extends Access["kind"]>(access: Extract<Access, { kind: K }>): AccessNeed {
  const need: Needs[K] = NEEDS[access.kind];
  return need(access);
}
