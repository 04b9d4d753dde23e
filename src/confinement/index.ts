/**
 * In: the wish of a running program about its own confinement. Out: what the kernel made of it, as values; labels, hats, queries, work in hats.
 * Must not know: the language of profiles, argv, terminals. Only procfs and securityfs are touched, through `host`.
 */
export { changeOnExec, changeProfile, stackOnExec, stackProfile, testProfile } from "./changing.ts";
export { changeHat, type EnteredHat, enterHat, MOST_HATS, newToken, testHats, TOKEN_BYTES, withHat } from "./hats.ts";
export { type HatSite, hatOrder, requestPath } from "./hat-order.ts";
export { createHatPool, type HatPool, type HatPoolOptions, type HatWork, runInHat } from "./hat-pool.ts";
export { type HatAnswer, type HatRequest, type HatServerOptions, serveInHats } from "./hat-server.ts";
export {
  currentLabel,
  currentThread,
  type LabelPart,
  onExecLabel,
  type PeerProcess,
  peerLabels,
  previousLabel,
  type TaskLabel,
  threadLabels,
  type ThreadLabel,
} from "./labels.ts";
export {
  type LabelPermissions,
  type QueriedAccess,
  type QueriedLetter,
  queryFile,
  queryLabel,
  queryLink,
} from "./queries.ts";
export {
  type AnyRefusal,
  type ConfinementRefusal,
  type ConfinementWorld,
  confinementText,
  type HatRefusal,
  type PeerRefusal,
} from "./refusals.ts";
