import { PREAMBLE, type Stage, type TourStep } from "./stage.ts";

const CAT = "/srv/tour/e/cat";
const PROFILE = `${PREAMBLE}
@{DATA} = /srv/tour/e/data

profile tour-e ${CAT} {
  ${CAT} mr,

  owner @{DATA}/mail/* r,
  @{DATA}/public/{one,two} r,
  @{DATA}/tree/** r,
  deny @{DATA}/tree/secret r,
  audit deny @{DATA}/tree/loud r,
}
`;

/** What user 1000 may read below `@{DATA}`, and how many records the kernel writes about it. */
const QUESTIONS: readonly (readonly [file: string, allowed: boolean, records: number])[] = [
  ["mail/mine", true, 0],
  ["mail/others", false, 1],
  ["public/one", true, 0],
  ["public/two", true, 0],
  ["public/three", false, 1],
  ["tree/leaf", true, 0],
  ["tree/branch/twig/leaf", true, 0],
  ["tree/secret", false, 0],
  ["tree/loud", false, 1],
];

async function ask(stage: Stage, question: (typeof QUESTIONS)[number]): Promise<readonly string[]> {
  const [file, allowed, records] = question;
  const result = await stage.run([CAT, `/srv/tour/e/data/${file}`], { uid: 1000 });
  const verdict = `${file} is ${allowed ? "read" : "refused"}${!allowed && records === 0 ? ", silently" : ""}`;
  stage.expect(verdict, (result.exitCode === 0) === allowed && result.events.length === records);
  return result.events;
}

async function play(stage: Stage): Promise<void> {
  await stage.prepare(`
    mkdir -p /srv/tour/e/data/mail /srv/tour/e/data/public /srv/tour/e/data/tree/branch/twig
    cp /usr/bin/busybox ${CAT}
    cd /srv/tour/e/data
    for file in mail/mine mail/others public/one public/two public/three tree/leaf tree/branch/twig/leaf tree/secret tree/loud; do
      echo "$file" > "$file"
    done
    chown 1000 mail/mine`);
  await stage.load(PROFILE);
  const log: string[] = [];
  for (const question of QUESTIONS) log.push(...(await ask(stage, question)));
  const learned = await stage.learn(
    PROFILE,
    log.filter((line) => line.includes("/public/three")),
  );
  stage.expect("armorer adds a rule for public/three", learned !== PROFILE);
  await stage.load(learned);
  await ask(stage, ["public/three", true, 0]);
  await ask(stage, ["tree/secret", false, 0]);
}

/** Owner rules, silent denials, variables, alternations and globs. */
export const ownerDenyGlobs: TourStep = { id: "e", title: "owner, deny, variables, {a,b}, **", play };
