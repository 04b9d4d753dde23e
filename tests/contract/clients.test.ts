/**
 * Programs of Debian that call `/sbin/apparmor_parser`, with ours in its place, on the oldest and the newest kernel: libvirt's
 * own helper and Debian's boot script as they are packaged, and the exact calls of those that are too large to bring along
 * (clients 1). What the options by themselves do is asked in kernel.test.ts.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { APPARMOR_DIRECTORY, type GuestFile, openOracle, type StepResult } from "../../lab/index.ts";
import { dose } from "../support/dose.ts";
import { filesFrom, type Guest, labReady, must, withGuest } from "../support/lab.ts";

const repository = join(import.meta.dirname, "../../..");
const PARSER = "/sbin/apparmor_parser";

before(labReady);

/** A profile that lets `tac` read one file. */
function tacProfile(name: string, attachment = ""): string {
  return `include <tunables/global>
profile ${name} ${attachment} {
  include <abstractions/base>
  /usr/bin/tac mr,
  /srv/open r,
}
`;
}

async function guestFiles(): Promise<readonly GuestFile[]> {
  assert.ok(existsSync(join(repository, "dist/start.cjs")), "the bundle is missing: run `npm run build`");
  const oracle = must(await openOracle());
  const links = [
    ["/usr/sbin/apparmor_parser", "apparmor_parser"],
    ["/usr/sbin/apparmor_status", "aa-status"],
    ["/usr/bin/aa-enabled", "aa-enabled"],
  ] as const;
  return [
    ...filesFrom(join(repository, "dist"), "/opt/armorer/dist"),
    ...filesFrom(join(repository, "bin"), "/opt/armorer/bin"),
    ...links.map(([path, name]) => ({ path, linkTo: `/opt/armorer/bin/${name}` })),
    ...filesFrom(join(oracle.root, "usr/lib/apparmor"), "/usr/lib/apparmor"),
    ...["abi", "abstractions", "tunables"].flatMap((name) =>
      filesFrom(join(oracle.profiles, name), `/etc/apparmor.d/${name}`),
    ),
    { path: "/etc/apparmor/parser.conf", data: "" },
    { path: "/var/cache/apparmor", directory: true, mode: 0o700 },
    { path: "/etc/apparmor.d/libvirt/TEMPLATE.qemu", data: tacProfile("LIBVIRT_TEMPLATE") },
    { path: "/etc/apparmor.d/packaged", data: tacProfile("packaged", "/usr/bin/packaged") },
    { path: "/etc/apparmor.d/other", data: tacProfile("other", "/usr/bin/other") },
    { path: "/run/user/0/cri-containerd.apparmor.d12", data: tacProfile("cri-containerd.apparmor.d") },
    { path: "/srv/lxc", data: tacProfile('"lxc-c1_</var/lib/lxc>"') },
    { path: "/srv/snap.one", data: tacProfile('"snap.one"') },
    { path: "/srv/snap.two", data: tacProfile('"snap.two"') },
    { path: "/srv/spo", data: tacProfile("spo") },
    { path: "/srv/electron", data: `abi <abi/4.0>,\n${tacProfile("electron").replace("}", "  userns,\n}")}` },
    { path: "/srv/unsupported", data: "abi <abi/99.0>,\nprofile unsupported { userns, }\n" },
    { path: "/srv/open", data: "open\n" },
    { path: "/srv/closed", data: "closed\n" },
    { path: "/srv/disk.img", data: "disk" },
  ];
}

/** A guest with the questions its clients ask. */
interface Host {
  /** Runs a command that must end with this status. */
  readonly call: (argv: readonly string[], status?: number, stdin?: string) => Promise<StepResult>;
  readonly shell: (script: string, status?: number) => Promise<StepResult>;
  /** The kernel's list. */
  readonly profiles: () => Promise<readonly string[]>;
  /** `tac` under a profile reads what it may and nothing else. */
  readonly confines: (profile: string) => Promise<void>;
}

function hostOf(guest: Guest): Host {
  const run = async (argv: readonly string[], rest: { stdin?: string; profile?: string } = {}): Promise<StepResult> => {
    const [result] = await guest.run({ kind: "run", id: argv.join(" "), argv, timeoutMs: 300_000, ...rest });
    assert.ok(result);
    return result;
  };
  const call: Host["call"] = async (argv, status = 0, stdin) => {
    const result = await run(argv, stdin === undefined ? {} : { stdin });
    assert.equal(result.exitCode, status, `${argv.join(" ")}\n${result.stdout}${result.stderr}`);
    return result;
  };
  return {
    call,
    shell: async (script, status = 0) => await call(["sh", "-c", script], status),
    profiles: async () => (await run(["cat", `${APPARMOR_DIRECTORY}/profiles`])).stdout.trimEnd().split("\n"),
    confines: async (profile) => {
      const opened = await run(["/usr/bin/tac", "/srv/open"], { profile });
      assert.deepEqual([opened.exitCode, opened.stdout], [0, "open\n"], opened.events.join("\n"));
      assert.equal((await run(["/usr/bin/tac", "/srv/closed"], { profile })).exitCode, 1);
    },
  };
}

/** dockerd, podman: the profile through standard input; containerd: a file with the profile's name and more. */
async function containers({ call, confines, profiles, shell }: Host): Promise<void> {
  const version = await call([PARSER, "--version"]);
  assert.equal(version.stderr, "");
  assert.match(version.stdout.split("\n")[0] ?? "", / \d+\.\d+\.\d+$/);
  const quiet = await shell(
    `cd / && test -x ${PARSER} && apparmor_parser -Kr <<'end'\n${tacProfile("docker-default")}end`,
  );
  assert.equal(quiet.stdout + quiet.stderr, "");
  await call([PARSER, "-Kr"], 0, tacProfile("containers-default-0.50"));
  await call(["apparmor_parser", "-Kr", "/run/user/0/cri-containerd.apparmor.d12"]);
  const names = ["docker-default", "containers-default-0.50", "cri-containerd.apparmor.d"];
  const loaded = await profiles();
  for (const name of names) assert.ok(loaded.includes(`${name} (enforce)`), name);
  await confines("docker-default");
}

/** LXC: a cache of the container's own, and a name with everything in it. */
async function lxc({ call, confines, profiles }: Host): Promise<void> {
  const name = "lxc-c1_</var/lib/lxc>";
  await call(["apparmor_parser", "-rWL", "/srv/lxc-cache", "/srv/lxc"]);
  await confines(name);
  await call(["apparmor_parser", "-RWL", "/srv/lxc-cache", "/srv/lxc"]);
  assert.ok(!(await profiles()).some((line) => line.startsWith(name)));
}

const probe = (rule: string): string => `profile snap-test {\n ${rule}\n}`;

/** snapd: one call for all that changed, no `parser error` in what is said, and questions about single rules. */
async function snapd({ call, confines }: Host): Promise<void> {
  const abi = ["--policy-features", "/etc/apparmor.d/abi/3.0"];
  const options = ["--replace", "--write-cache", "--cache-loc=/srv/snap-cache", "-j1", "--skip-read-cache", "--quiet"];
  const load = await call([PARSER, ...abi, ...options, "/srv/snap.one", "/srv/snap.two"]);
  assert.equal(load.stdout + load.stderr, "");
  await confines("snap.one");
  await confines("snap.two");
  await call([PARSER, ...abi, "--preprocess"], 0, probe("change_profile unsafe /**,"));
  assert.match((await call([PARSER, ...abi, "--preprocess"], 1, probe("no_such_rule /foo r,"))).stderr, /parser error/);
}

/** The security profiles operator compiles to a file and loads it by itself. */
async function operator({ call, confines, profiles, shell }: Host): Promise<void> {
  await call([PARSER, "/srv/spo", "-o", "/srv/spo.bin"]);
  assert.ok(!(await profiles()).includes("spo (enforce)"));
  await shell(`dd if=/srv/spo.bin of=${APPARMOR_DIRECTORY}/.replace bs=1M`);
  await confines("spo");
}

/** What electron-builder puts into packages: a dry run decides whether the profile is installed. */
async function electron({ call, confines, shell }: Host): Promise<void> {
  await shell(
    "apparmor_status --enabled > /dev/null 2>&1 && apparmor_parser --skip-kernel-load --debug /srv/electron > /dev/null 2>&1 &&" +
      " apparmor_parser --replace --write-cache --skip-read-cache /srv/electron",
  );
  await confines("electron");
  await shell("apparmor_parser --skip-kernel-load --debug /srv/unsupported > /dev/null 2>&1", 1);
  await call(["apparmor_parser", "--remove", "/srv/electron"]);
}

/** The guard and the call of a package's maintainer script, and of a profile's removal. */
async function maintainerScript({ shell, confines, profiles }: Host): Promise<void> {
  await shell(
    "set -e; if aa-enabled --quiet 2>/dev/null; then apparmor_parser -r -T -W /etc/apparmor.d/packaged || true; fi",
  );
  await confines("packaged");
  await shell("test -s /var/cache/apparmor/*/packaged");
  await shell("/lib/apparmor/profile-load other");
  assert.ok((await profiles()).includes("other (enforce)"));
}

/** Debian's boot script: the whole directory behind two dashes; stopping removes what the kernel lists. */
async function bootScript({ shell, profiles, confines }: Host): Promise<void> {
  const script = "/lib/apparmor/apparmor.systemd";
  await shell(`${script} stop`);
  assert.deepEqual(await profiles(), [""]);
  const started = await shell(`${script} start`);
  assert.doesNotMatch(started.stdout + started.stderr, /fail|error/i);
  assert.deepEqual((await profiles()).toSorted(), ["other (enforce)", "packaged (enforce)"]);
  await confines("packaged");
  await shell(
    "echo 'profile broken { nonsense }' > /etc/apparmor.d/broken; echo 'profile late { }' > /etc/apparmor.d/late",
  );
  const reloaded = await shell(`${script} reload`, 1);
  assert.match(reloaded.stdout + reloaded.stderr, /At least one profile failed to load/);
  assert.ok((await profiles()).includes("late (enforce)"));
  await shell("rm /etc/apparmor.d/broken /etc/apparmor.d/late");
}

const DOMAIN = "libvirt-12345678-1234-1234-1234-123456789abc";
const MACHINE = `<domain type='kvm'>
  <name>vm</name><uuid>${DOMAIN.slice("libvirt-".length)}</uuid><memory unit='KiB'>65536</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/><source file='/srv/disk.img'/><target dev='vda' bus='virtio'/>
    </disk>
  </devices>
</domain>`;

/** libvirt's own helper: it writes a machine's profile from its description, adds, replaces and removes it. */
async function libvirt({ call, shell, confines, profiles }: Host): Promise<void> {
  const helper = "/usr/lib/libvirt/virt-aa-helper";
  await call([helper, "-c", "-u", DOMAIN], 0, MACHINE);
  assert.ok((await profiles()).includes(`${DOMAIN} (enforce)`));
  await shell(`grep -q /srv/disk.img /etc/apparmor.d/libvirt/${DOMAIN}.files`);
  await confines(DOMAIN);
  await call([helper, "-r", "-u", DOMAIN], 0, MACHINE);
  await call([helper, "-R", "-u", DOMAIN]);
  assert.ok(!(await profiles()).includes(`${DOMAIN} (enforce)`));
}

for (const kernel of dose(["7.2"] as const, ["6.1", "7.2"] as const)) {
  test(`Debian's programs load policy through our parser on kernel ${kernel}`, { timeout: 600_000 }, async () => {
    const files = await guestFiles();
    const packages = ["libvirt-daemon"];
    await withGuest({ kernel, packages, withNode: true, memoryMebibytes: 2048, files }, async (guest) => {
      const host = hostOf(guest);
      for (const client of [containers, lxc, snapd, operator, electron, maintainerScript, bootScript, libvirt]) {
        await client(host);
      }
    });
  });
}
