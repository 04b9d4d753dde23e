import type { Suggestion } from "./product.ts";
import { PREAMBLE, type Stage, type TourStep } from "./stage.ts";

const PROGRAM = "/srv/tour/b/cat";
const PROFILE = `${PREAMBLE}
profile tour-b ${PROGRAM} {
  # the program itself
  ${PROGRAM} mr,

  # what it is for
  /srv/tour/b/letter r,
}
`;

function choiceOf(suggestion: Suggestion, kind: string): number | undefined {
  const index = suggestion.choices.findIndex((choice) => choice.kind === kind);
  return index < 0 ? undefined : index;
}

function exact(suggestion: Suggestion): number {
  return choiceOf(suggestion, "exact") ?? 0;
}

async function play(stage: Stage): Promise<void> {
  await stage.prepare(`
    mkdir -p /srv/tour/b
    cp /usr/bin/cat ${PROGRAM}
    echo "dear reader" > /srv/tour/b/letter`);
  const command = [PROGRAM, "/srv/tour/b/letter"];

  stage.tell("— exact rules, one denial after the other");
  const settings = { env: { LC_ALL: "C" } };
  const mended = await stage.mend(PROFILE, command, { rounds: 20, choose: exact, settings });
  stage.expect("with exact rules the program runs", mended.result.stdout === "dear reader\n");
  stage.expect("nothing is refused any more", mended.result.events.length === 0);
  const [opened, mapped] = ['operation="open"', 'operation="file_mmap"'].map((word) =>
    mended.log.filter((line) => line.includes(word)),
  );
  stage.expect("reading was refused first", (opened?.length ?? 0) > 0 && mended.log[0] === opened?.[0]);
  stage.expect("then mapping as code (file_mmap), which needs `m`", (mapped?.length ?? 0) > 0);

  stage.tell("— one abstraction instead of them all");
  const withBase = await stage.learn(
    PROFILE,
    mended.log,
    (suggestion) => choiceOf(suggestion, "abstraction") ?? choiceOf(suggestion, "exact"),
  );
  stage.expect("armorer proposes abstractions/base", withBase.includes("include <abstractions/base>"));
  stage.expect(
    "comments and rules of the profile stay",
    PROFILE.split("\n").every((line) => withBase.includes(line)),
  );
  await stage.load(withBase);
  const last = await stage.run(command);
  stage.expect(
    "with the abstraction it runs, nothing is refused",
    last.stdout === "dear reader\n" && last.events.length === 0,
  );
}

/** A denied program is mended by exact rules, by `m` for a mapping, and by one abstraction instead of them all. */
export const threeMendings: TourStep = { id: "b", title: "mending: exact rules, mapping, one abstraction", play };
