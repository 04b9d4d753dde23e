/**
 * What the tools under Debian's names cost beside Debian's own, the same calls of both in turn in one Debian sid: CPU time, medians, ratios.
 * `npm run bench:tools -- [--rounds N] [--only WORD]`. Needs root, debootstrap and the lab; nothing is loaded.
 */
import { type System, withCopy } from "../lab/index.ts";
import { must } from "../tests/support/lab.ts";
import { benchArguments } from "./arguments.ts";
import { mustRun, openServiceSystem, placePackage } from "../tests/support/service-system.ts";

const USAGE = `usage: npm run bench:tools -- [--rounds N] [--only WORD]

  --rounds N    pairs of runs of each call (7)
  --only WORD   calls that hold this word

What the tools under Debian's names cost beside Debian's own. Needs root, debootstrap and the lab; nothing is loaded.
`;
const {
  numbers: { rounds },
  text: textOf,
} = benchArguments(USAGE, { numbers: { rounds: 7 }, texts: ["only"] });
const only = textOf("only");

/** `{dir}` is a copy of `/etc/apparmor.d` that was made for the call. */
const CALLS = [
  "aa-complain --no-reload -d {dir} {dir}/nvidia_modprobe",
  "aa-complain --no-reload -d {dir} {dir}/usr.sbin.nscd",
  "aa-enforce --no-reload -d {dir} {dir}/usr.sbin.nscd",
  "aa-enforce --no-reload -d {dir} {dir}/usr.sbin.apache2",
  "aa-audit --no-reload -d {dir} {dir}/usr.sbin.nscd",
  "aa-disable --no-reload -d {dir} {dir}/usr.sbin.nscd",
  "aa-autodep --no-reload -d {dir} /usr/bin/sort",
  "aa-logprof --no-check-mountpoint -d {dir} -f {dir}/.log",
  "aa-logprof --no-check-mountpoint -d {dir} -f {dir}/.events < /dev/null",
  "aa-mergeprof -d {dir} {dir}/.same < /dev/null",
  "aa-cleanprof --no-reload -s -d {dir} {dir}/usr.sbin.apache2",
  "aa-cleanprof --no-reload -s -d {dir} {dir}/usr.sbin.dnsmasq",
  "aa-cleanprof --no-reload -s -d {dir} {dir}/usr.sbin.nscd",
  "aa-easyprof --no-verify --template=user-application /opt/foo",
  "aa-show-usage",
  "aa-decode 2F746D702F666F6F20626172",
  "aa-enabled",
  "aa-status --enabled",
  "aa-features-abi -f /etc/apparmor.d/abi/3.0",
];

/** A log whose event asks for nothing that the policy does not allow, and a profile that is there already. */
const INPUTS = `: > {dir}/.log; cp {dir}/usr.sbin.nscd {dir}/.same; echo 'type=AVC msg=audit(1700000000.001:1): apparmor="DENIED" operation="open" class="file" profile="nscd" name="/etc/netgroup" pid=1 comm="nscd" requested_mask="r" denied_mask="r" fsuid=0 ouid=0' > {dir}/.events`;

/** Debian's aa-cleanprof ends with a traceback where a profile has a name that is no path, or is switched off. */
const NAMED_BY_PATHS = `rm -f {dir}/disable/*; for p in apache2 dnsmasq nscd; do sed -i "s,^profile $p [^ ]*,/usr/sbin/$p," {dir}/usr.sbin.$p; done`;

const OURS = "/opt/ours/usr/lib/armorer/bin";

/** Milliseconds of CPU that a call takes, its children's included; shells count them in `times`. */
async function cost(system: System, line: string, path: string): Promise<number> {
  const before = line.startsWith("aa-cleanprof ") ? NAMED_BY_PATHS : "true";
  const [call, prepare, inputs] = [line, before, INPUTS].map((text) => text.replaceAll("{dir}", "/tmp/policy"));
  const script = `rm -rf /tmp/policy; cp -a /etc/apparmor.d /tmp/policy; ${inputs}; ${prepare}; (PATH=${path} ${call} > /dev/null 2>&1; times) | tail -1`;
  const text = await mustRun(system, ["bash", "-c", script]);
  const parts = [...text.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds),
  );
  return parts.reduce((sum, one) => sum + one, 0) * 1000;
}

function median(all: readonly number[]): number {
  return all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
}

must(
  await withCopy(await openServiceSystem(), async (system) => {
    await mustRun(system, ["dpkg-deb", "--extract", placePackage(system), "/opt/ours"]);
    await mustRun(system, ["node", "/opt/ours/usr/lib/armorer/dist/code-cache.cjs"]);
    for (const line of CALLS.filter((one) => one.includes(only))) {
      const [theirs, ours]: [number[], number[]] = [[], []];
      for (let round = 0; round < rounds; round += 1) {
        theirs.push(await cost(system, line, "/usr/sbin:/usr/bin"));
        ours.push(await cost(system, line, `${OURS}:/usr/sbin:/usr/bin`));
      }
      const [their, our] = [median(theirs), median(ours)];
      const ratio = their === 0 ? "" : ` (${(our / their).toFixed(2)} ×)`;
      process.stdout.write(`${line}: Debian's ${their.toFixed(0)} ms, ours ${our.toFixed(0)} ms${ratio}\n`);
    }
  }),
);
