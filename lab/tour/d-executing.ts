import type { Suggestion } from "./product.ts";
import { PREAMBLE, type Stage, type TourStep } from "./stage.ts";

const PARENT = "/srv/tour/d/parent";
const CHILD = "/srv/tour/d/child";

function policy(execRule: string): string {
  return `${PREAMBLE}
profile tour-d ${PARENT} {
  include <abstractions/base>
  include <abstractions/perl>
  ${PARENT} r,${execRule === "" ? "" : `\n  ${execRule}`}

  profile inner ${CHILD} {
    include <abstractions/base>
    include <abstractions/perl>
    ${CHILD} r,
  }
}

profile tour-d-child ${CHILD} {
  include <abstractions/base>
  include <abstractions/perl>
  ${CHILD} r,
}

profile tour-d-named {
  include <abstractions/base>
  include <abstractions/perl>
  ${CHILD} r,
}
`;
}

/** How a rule confines the child. */
const TRANSITIONS: readonly (readonly [rule: string, label: string])[] = [
  [`${CHILD} Px,`, "tour-d-child (enforce)"],
  [`${CHILD} Cx,`, "tour-d//inner (enforce)"],
  [`${CHILD} Px -> tour-d-named,`, "tour-d-named (enforce)"],
  [`${CHILD} Cx -> inner,`, "tour-d//inner (enforce)"],
  [`${CHILD} Px -> tour-d//inner,`, "tour-d//inner (enforce)"],
  [`${CHILD} rix,`, "tour-d (enforce)"],
];

function ownProfile(suggestion: Suggestion): number {
  return Math.max(
    0,
    suggestion.choices.findIndex((choice) => choice.kind === "profile"),
  );
}

async function playTransition(stage: Stage, text: string, label: string): Promise<void> {
  await stage.load(text);
  const process = await stage.start([PARENT], "ready");
  stage.expect(`the child is confined as ${label}`, (await stage.confinement(process)) === label);
  await stage.kill(process);
}

async function play(stage: Stage): Promise<void> {
  await stage.prepare(`
    mkdir -p /srv/tour/d
    printf '#!/usr/bin/perl\\nexec "${CHILD}" or die "cannot execute: $!\\\\n";\\n' > ${PARENT}
    printf '#!/usr/bin/perl\\n$|=1; print "ready\\\\n"; sleep 60;\\n' > ${CHILD}
    chmod 755 ${PARENT} ${CHILD}`);
  const plain = policy("");
  await stage.load(plain);
  const refused = await stage.run([PARENT]);
  stage.expect("executing is refused", refused.stderr.includes("Permission denied"));
  stage.expect(
    "the kernel says so",
    refused.events.some((line) => line.includes('operation="exec"') && line.includes('denied_mask="x"')),
  );
  const learned = await stage.learn(plain, refused.events, ownProfile);
  stage.expect("armorer proposes a change to the child's own profile", /child Px,/.test(learned));
  await playTransition(stage, learned, "tour-d-child (enforce)");
  for (const [rule, label] of TRANSITIONS) await playTransition(stage, policy(rule), label);
}

/** A program executes another: refused, then every way to confine the other. */
export const executing: TourStep = { id: "d", title: "executing: Px, Cx, named targets, ix", play };
