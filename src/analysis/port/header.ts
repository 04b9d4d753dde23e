/** What is before the body of a profile. */
import { sentence } from "../../foundation/diagnostics/index.ts";
import type { ProfileNode, WordNode } from "../../language/syntax/index.ts";
import { type Release, flagSince, isBefore } from "./releases.ts";
import type { Porting } from "./types.ts";

export function portHeader(profile: ProfileNode, porting: Porting): void {
  const { release, report } = porting;
  const [identity] = profile.identities;
  if (identity !== undefined && isBefore(release, "5.0"))
    report("port/not-there", identity.span, "identities came with 5.0");
  for (const flag of profile.flags?.values ?? []) {
    const [name = ""] = flag.value.split("=", 1);
    const since: Release | undefined = flagSince[name];
    if (since !== undefined && isBefore(release, since)) portFlag(profile, { flag, name, since }, porting);
  }
}

interface NewFlag {
  readonly flag: WordNode;
  readonly name: string;
  readonly since: Release;
}

function portFlag({ span }: ProfileNode, { flag, name, since }: NewFlag, { change, report }: Porting): void {
  if (name === "default_allow") {
    report("port/not-there", flag.span, sentence`the mode ${{ flag: name }} came with ${since}`);
    return;
  }
  change({ kind: "clear-flag", profile: span, flag: flag.text });
  switch (name) {
    case "prompt":
      report("port/access-lost", flag.span, "nobody is asked there: what no rule allows is denied");
      break;
    case "attach_disconnected.path":
      change({ kind: "set-flag", profile: span, flag: "attach_disconnected" });
      report(
        "port/access-lost",
        flag.span,
        "disconnected paths begin at `/` there, and rules for the other place do not match",
      );
      break;
    case "debug":
      report("port/left-out", flag.span, sentence`${{ flag: name }} is left out, which decides nothing`);
      break;
    default:
      report("port/access-lost", flag.span, sentence`${{ flag: flag.value }} came with ${since}, and is left out`);
  }
}
