import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type GuestFile, KERNEL_NAMES, type Step } from "../../lab/index.ts";
import { armorer } from "../../lab/tour/armorer.ts";
import { type Guest, labReady, recordText, withGuest } from "../support/lab.ts";
import { prepareGuest, proveLearning, refusedIn } from "../support/learn-proof.ts";
import { PREPARE, PROGRAMS, PROGRAM_PACKAGES } from "../support/learn-programs.ts";

/** A real program, what its profile has, and the abstraction this is about. */
interface Use {
  readonly of: string;
  readonly with: readonly string[];
  /** Rules for what is this program's own business. */
  readonly rules: string;
  readonly argv: readonly string[];
  /** Default 0. */
  readonly exit?: number;
  readonly uid?: number;
  readonly env?: Readonly<Record<string, string>>;
}

const PATH = "/usr/bin:/usr/sbin";
const CERTIFICATE = "/usr/share/ca-certificates/mozilla/ISRG_Root_X1.crt";

function programUse(of: string, others: readonly string[], argv: readonly string[], more: Partial<Use> = {}): Use {
  const [program = ""] = argv;
  return { of, with: others, argv, ...more, rules: `${program} mr, ${more.rules ?? ""}` };
}

const USES: readonly Use[] = [
  programUse("base", [], ["/usr/bin/cat", "/etc/hostname"], { rules: "/etc/hostname r," }),
  programUse("base", [], ["/usr/bin/date"], { env: { PATH, LANG: "C.UTF-8", TZ: "Europe/Berlin" } }),
  programUse("base", [], ["/usr/bin/sort", "/etc/hostname"], { rules: "/etc/hostname r,", uid: 1000 }),
  programUse("base", [], ["/usr/bin/nproc"]),
  programUse("nameservice", ["base"], ["/usr/bin/ls", "-l", "/srv"], { rules: "/srv/ r," }),
  programUse("nameservice", ["base"], ["/usr/bin/id"], { uid: 33 }),
  programUse("nameservice", ["base"], ["/usr/bin/getent", "passwd", "root"]),
  programUse("nameservice", ["base"], ["/usr/bin/getent", "group", "adm"]),
  programUse("nameservice", ["base"], ["/usr/bin/getent", "ahosts", "localhost"]),
  programUse("nameservice", ["base"], ["/usr/bin/getent", "ahosts", "example.org"], { exit: 2 }),
  programUse("nameservice", ["base"], ["/usr/bin/getent", "services", "http"]),
  programUse("nameservice", ["base"], ["/usr/bin/logger", "hello"]),
  programUse("bash", ["base"], ["/usr/bin/bash", "-c", "echo hello; read line </dev/null; type cd"]),
  programUse("bash", ["base", "nameservice"], ["/usr/bin/bash", "-l", "-c", "echo hello"], {
    rules: "/usr/bin/id rix,",
  }),
  programUse("bash", ["base", "nameservice"], ["/usr/bin/bash", "-i", "-c", "echo hello"], {
    rules: "/usr/bin/{groups,dircolors} rix,",
    env: { PATH, HOME: "/root" },
  }),
  { of: "bash", with: ["base"], argv: ["/srv/script.sh"], rules: "/srv/script.sh r," },
  { of: "perl", with: ["base"], argv: ["/usr/bin/perl", "-e", "use POSIX; use Socket; print 1"], rules: "" },
  { of: "perl", with: ["base"], argv: ["/srv/script.pl"], rules: "/srv/script.pl r,", uid: 1000 },
  {
    of: "python",
    with: ["base", "openssl"],
    argv: ["/srv/script.py"],
    rules: "/srv/ r, /srv/script.py r,",
    env: { PATH, HOME: "/root", PYTHONDONTWRITEBYTECODE: "1" },
  },
  programUse("consoles", ["base"], ["/usr/bin/tput", "-T", "linux", "longname"]),
  programUse("openssl", ["base"], ["/usr/bin/openssl", "list", "-providers"]),
  programUse("ssl-certs", ["base", "openssl"], ["/usr/bin/openssl", "verify", "-CAfile", CERTIFICATE, CERTIFICATE]),
  programUse("ssl-certs", ["base", "openssl"], ["/usr/bin/openssl", "x509", "-noout", "-in", CERTIFICATE]),
  programUse("user-tmp", ["base"], ["/usr/bin/mktemp"], { uid: 1000 }),
  programUse("user-tmp", ["base"], ["/usr/bin/mktemp", "-d", "/var/tmp/XXXXXX"], { uid: 1000 }),
];

const FILES: readonly GuestFile[] = [
  { path: "/srv/script.sh", mode: 0o755, data: "#!/bin/bash\necho hello\n" },
  { path: "/srv/script.pl", mode: 0o755, data: "#!/usr/bin/perl\nuse strict;\nprint scalar(localtime), $0;\n" },
  {
    path: "/srv/script.py",
    mode: 0o755,
    data: "#!/usr/bin/python3\nimport hashlib, json, os\nprint(json.dumps(os.getpid()))\n",
  },
];

function profileText(name: string, abstractions: readonly string[], rules: string): string {
  const includes = abstractions.map((abstraction) => `  include <abstractions/${abstraction}>\n`).join("");
  return `profile ${name} {\n${includes}  ${rules}\n}\n`;
}

/** Two profiles for each use: with everything, and without the abstraction it is about. */
function policyText(abi: string): string {
  const profiles = USES.flatMap((use, index) => [
    profileText(`with-${index}`, [...use.with, use.of], use.rules),
    profileText(`without-${index}`, use.with, use.rules),
  ]);
  return `abi <abi/${abi}>,\ninclude <tunables/global>\n${profiles.join("")}`;
}

function runStep(use: Use, id: string): Step {
  const { argv, uid, env } = use;
  return { kind: "run", id, profile: id, argv, ...(uid !== undefined && { uid }), ...(env !== undefined && { env }) };
}

async function loadText(guest: Guest, text: string): Promise<void> {
  const compiled = await armorer.compile(text, guest.features);
  assert.ok(compiled.ok, compiled.ok ? "" : compiled.error);
  const [loaded] = await guest.run({ kind: "replace", id: "load", policy: compiled.value });
  assert.equal(loaded?.errno, undefined);
}

before(labReady);

for (const kernel of KERNEL_NAMES) {
  const abi = kernel === "6.1" ? "4.0" : "5.0";
  test(`on ${kernel} with abi ${abi} real programs run under our abstractions, none is refused anything, none could do without, and what is learned there holds`, async () => {
    await withGuest({ kernel, files: FILES, packages: PROGRAM_PACKAGES }, async (guest) => {
      await loadText(guest, policyText(abi));
      const withAll = await guest.run(...USES.map((use, index) => runStep(use, `with-${index}`)));
      const without = await guest.run(...USES.map((use, index) => runStep(use, `without-${index}`)));
      for (const [index, use] of USES.entries()) {
        const result = withAll[index];
        const name = `${use.of}: ${use.argv.join(" ")}`;
        assert.deepEqual(result?.events.map(recordText), [], name);
        assert.equal(result?.exitCode, use.exit ?? 0, `${name}: ${result?.stderr}`);
        assert.ok((without[index]?.events.length ?? 0) > 0, `${name} runs without the abstraction, too`);
      }
      // All of them on a guest of their own: `npm run learn-proof`.
      if (kernel === "6.12") return;
      await prepareGuest(guest, PREPARE);
      assert.deepEqual(refusedIn(await proveLearning(guest, PROGRAMS.slice(0, 3))), {});
    });
  });
}

function readStep(path: string): Step {
  return { kind: "run", id: path, profile: "variables", argv: ["/usr/bin/cat", path] };
}

test("home directories, process numbers and user numbers of the tunables match what they should and nothing else", async () => {
  const good = ["/srv/v/home/ann/x", "/srv/v/1", "/srv/v/4194304", "/srv/v/u0", "/srv/v/u4294967294"];
  const bad = ["/srv/v/home/x", "/srv/v/0", "/srv/v/01", "/srv/v/1a", "/srv/v/12345678", "/srv/v/u00", "/srv/v/u"];
  const files = [...good, ...bad].map((path) => ({ path, data: "ok\n" }));
  await withGuest({ kernel: "6.12", files }, async (guest) => {
    const text = `include <tunables/global>\nprofile variables {
      include <abstractions/base>
      /usr/bin/cat mr, /srv/v/@{pid} r, /srv/v/u@{uid} r, /srv/v/@{HOME}/x r, }\n`;
    await loadText(guest, text);
    const results = await guest.run(...[...good, ...bad].map((path) => readStep(path)));
    assert.deepEqual(
      results.filter((result) => result.stdout === "ok\n").map((result) => result.id),
      good,
    );
  });
});
