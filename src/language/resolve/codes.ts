/** What this module has to say. */
import type { ResolveCodeInfo } from "./code-info.ts";
import { policyCodes } from "./codes-policy.ts";
import { ruleCodes } from "./codes-rules.ts";

export type ResolveCode = keyof typeof policyCodes | keyof typeof ruleCodes;

/** Every code of this module. */
export const resolveCodes: Readonly<Record<ResolveCode, ResolveCodeInfo>> = { ...policyCodes, ...ruleCodes };
