import { staticAndDynamic } from "./a-static-and-dynamic.ts";
import { threeMendings } from "./b-three-mendings.ts";
import { perlScript } from "./c-perl-script.ts";
import { executing } from "./d-executing.ts";
import { ownerDenyGlobs } from "./e-owner-deny-globs.ts";
import { capabilitiesAndPeers } from "./f-capabilities-and-peers.ts";
import { hats } from "./g-hats.ts";
import { complainAndLearn } from "./h-complain-and-learn.ts";
import { stalePolicy } from "./i-stale-policy.ts";
import type { TourStep } from "./stage.ts";

/** The tour, in order. */
export const TOUR_STEPS: readonly TourStep[] = [
  staticAndDynamic,
  threeMendings,
  perlScript,
  executing,
  ownerDenyGlobs,
  capabilitiesAndPeers,
  hats,
  complainAndLearn,
  stalePolicy,
];
