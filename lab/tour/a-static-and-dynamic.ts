import { PREAMBLE, type Stage, type TourStep } from "./stage.ts";

const PROFILE = `${PREAMBLE}
profile tour-a /srv/tour/a/{static,dynamic}/echo {
  /srv/tour/a/{static,dynamic}/echo mr,
}
`;

async function play(stage: Stage): Promise<void> {
  await stage.prepare(`
    mkdir -p /srv/tour/a/static /srv/tour/a/dynamic
    cp /usr/bin/busybox /srv/tour/a/static/echo
    cp /usr/bin/echo /srv/tour/a/dynamic/echo`);
  await stage.load(PROFILE);
  const fixed = await stage.run(["/srv/tour/a/static/echo", "hello"]);
  stage.expect("the static program runs, nothing is refused", fixed.stdout === "hello\n" && fixed.events.length === 0);
  const dynamic = await stage.run(["/srv/tour/a/dynamic/echo", "hello"]);
  stage.expect(
    "the dynamically linked program does not get past its loader",
    dynamic.stdout === "" && dynamic.exitCode !== 0,
  );
  stage.expect(
    "the kernel says what it refused to the loader",
    dynamic.events.some((line) => line.includes('profile="tour-a"')),
  );
}

/** A static program lives under an almost empty profile; a dynamically linked one does not. */
export const staticAndDynamic: TourStep = { id: "a", title: "an almost empty profile: static and dynamic", play };
