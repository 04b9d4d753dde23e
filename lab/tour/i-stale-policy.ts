import { PREAMBLE, type Stage, type TourStep } from "./stage.ts";

const CAT = "/srv/tour/i/cat";
const strict = `${PREAMBLE}
profile tour-i ${CAT} {
  ${CAT} mr,
}
`;
const loose = `${PREAMBLE}
profile tour-i ${CAT} {
  ${CAT} mr,
  /srv/tour/i/data r,
}
`;

/** Ways to spoil a policy: each makes bytes no kernel may take. */
const SPOILERS: readonly (readonly [how: string, spoil: (policy: Uint8Array) => Uint8Array])[] = [
  ["cut in the middle", (policy) => policy.subarray(0, policy.length >> 1)],
  ["without its last byte", (policy) => policy.subarray(0, -1)],
  ["with another version", (policy) => policy.map((byte, index) => (index === 12 ? 0xff : byte))],
  ["that is no policy at all", () => Buffer.from("profile tour-i { /** rwmix, }\n")],
];

async function play(stage: Stage): Promise<void> {
  await stage.prepare(`
    mkdir -p /srv/tour/i
    cp /usr/bin/busybox ${CAT}
    echo data > /srv/tour/i/data`);
  await stage.load(strict);
  const command = [CAT, "/srv/tour/i/data"];
  const before = await stage.run(command);
  stage.expect("the strict policy refuses", before.exitCode !== 0 && before.events.length === 1);
  const policy = await stage.compile(loose);
  for (const [how, spoil] of policy === undefined ? [] : SPOILERS) {
    const errno = await stage.loadBytes(spoil(policy ?? new Uint8Array()));
    stage.expect(`a policy ${how} is refused (${errno})`, errno !== undefined);
    const after = await stage.run(command);
    stage.expect("the old policy stays", after.exitCode !== 0 && after.events.length === 1);
  }
  await stage.load(loose);
  const last = await stage.run(command);
  stage.expect("the whole one is taken", last.stdout === "data\n" && last.events.length === 0);
}

/** A broken policy is refused and changes nothing. */
export const stalePolicy: TourStep = { id: "i", title: "broken policy is refused, the old one stays", play };
