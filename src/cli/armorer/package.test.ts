import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { capturedIo } from "../../../tests/support/captured-io.ts";
import { repository } from "../../../tests/support/sources.ts";
import { runArmorer } from "./index.ts";

const PAGE = readFileSync(join(repository, "docs/packaging.md"), "utf8");
const [, SHOP = ""] = /```apparmor\n([\s\S]*?)```/.exec(PAGE) ?? [];

function directoryWith(context: TestContext, files: Readonly<Record<string, string>> = { shop: SHOP }): string {
  const directory = mkdtempSync(join(tmpdir(), "armorer-package-"));
  context.after(() => rmSync(directory, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  /** In the order it was printed. */
  readonly all: string;
}

async function run(...argv: readonly string[]): Promise<Ran> {
  const { io, text } = capturedIo();
  const features = join(repository, "policy/abi/5.0");
  const [form = "", ...rest] = argv;
  const status = await runArmorer(["package", form, "-M", features, "-b", join(repository, "policy"), ...rest], io);
  return { status, out: text("out"), err: text("err"), all: text() };
}

/** The codes that are reported. */
async function codes(...argv: readonly string[]): Promise<readonly string[]> {
  const { all } = await run(...argv);
  return [...all.matchAll(/(?:error|warning) \[([a-z-]+)\]/g)].map(([, code]) => code ?? "");
}

test("the commands of docs/packaging.md print what the page says", async (context) => {
  const directory = directoryWith(context);
  const [, block = ""] = /```console\n([\s\S]*?)```/.exec(PAGE) ?? [];
  const examples = block.split(/^\$ /m).slice(1);
  assert.ok(examples.length > 4);
  for (const example of examples) {
    const [command = ""] = example.split("\n", 1);
    const [, , ...words] = command.split(" ");
    const last = words.at(-1);
    const argv = words.map((word, at) =>
      word === "." ? directory : at > 0 && word === last && at === words.length - 1 ? join(directory, word) : word,
    );
    const { all } = await run(...argv);
    const shown = all.replaceAll(`${directory}/debian`, "./debian").replaceAll(`${directory}/`, "");
    assert.equal(shown, example.slice(command.length + 1), command);
  }
  assert.deepEqual(readdirSync(join(directory, "debian")), ["shop.install", "shop.postinst", "shop.postrm"]);
});

/** A tree that scripts of a package take for the system's, with stand-ins for AppArmor's programs that note how they are called. */
function systemFor(
  context: TestContext,
  isEnabled: boolean,
): { readonly root: string; readonly runIn: (shell: string, script: string, ...argv: string[]) => string } {
  const root = directoryWith(context, {
    "etc/apparmor.d/shop": SHOP,
    "etc/apparmor.d/abi/4.0": "",
    "var/cache/apparmor/x.0/shop": "",
  });
  mkdirSync(join(root, "bin"));
  const tool = (name: string, text: string): void => {
    writeFileSync(join(root, "bin", name), `#!/bin/sh\necho ${name} "$@"\n${text}\n`);
    chmodSync(join(root, "bin", name), 0o755);
  };
  tool("aa-enabled", `exit ${isEnabled ? 0 : 1}`);
  tool("apparmor_parser", "exit 1");
  const runIn = (shell: string, script: string, ...argv: string[]): string => {
    const text = readFileSync(script, "utf8").replaceAll(/\/(etc|var)\//g, `${root}/$1/`);
    const checked = spawnSync(shell, ["-n", script], { encoding: "utf8" });
    assert.deepEqual([checked.status, checked.stderr], [0, ""]);
    const env = { PATH: `${root}/bin:/usr/bin:/bin` };
    const done = spawnSync(shell, ["-c", text, "script", ...argv], {
      encoding: "utf8",
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    assert.deepEqual([done.status, done.stderr], [0, ""], shell);
    return done.stdout.replaceAll(root, "");
  };
  return { root, runIn };
}

for (const shell of ["dash", "bash"]) {
  test(`under ${shell} the scripts make the local file, load the profile, and leave nothing after a purge`, async (context) => {
    const directory = directoryWith(context);
    assert.equal((await run("debian", "-p", "shop", "-o", directory, join(directory, "shop"))).status, 0);
    const [postinst, postrm] = ["postinst", "postrm"].map((name) => join(directory, `debian/shop.${name}`));
    assert.ok(postinst !== undefined && postrm !== undefined);
    const { root, runIn } = systemFor(context, true);
    const local = join(root, "etc/apparmor.d/local/shop");
    // A parser that fails stops no installation.
    const loads = "aa-enabled --quiet\napparmor_parser -r -T -W /etc/apparmor.d/shop\n";
    assert.equal(runIn(shell, postinst, "configure", "1.0"), loads);
    assert.equal(readFileSync(local, "utf8"), "");
    writeFileSync(local, "/mine r,\n");
    assert.equal(runIn(shell, postinst, "configure", "1.1"), loads);
    assert.equal(readFileSync(local, "utf8"), "/mine r,\n");
    assert.equal(runIn(shell, postinst, "abort-upgrade"), "");
    mkdirSync(join(root, "etc/apparmor.d/disable"));
    symlinkSync("../shop", join(root, "etc/apparmor.d/disable/shop"));
    for (const action of ["remove", "upgrade"]) assert.equal(runIn(shell, postrm, action), "");
    assert.ok(existsSync(local));
    // Another package has the profile by now.
    runIn(shell, postrm, "purge");
    assert.ok(existsSync(local));
    rmSync(join(root, "etc/apparmor.d/shop"));
    runIn(shell, postrm, "purge");
    assert.deepEqual(readdirSync(join(root, "etc/apparmor.d")), ["abi"]);
    assert.deepEqual(readdirSync(join(root, "var/cache/apparmor/x.0")), []);
    runIn(shell, postrm, "purge");
  });
}

test("where AppArmor does not run, nothing is loaded", async (context) => {
  const directory = directoryWith(context);
  await run("debian", "-p", "shop", "-o", directory, join(directory, "shop"));
  const { root, runIn } = systemFor(context, false);
  assert.equal(runIn("dash", join(directory, "debian/shop.postinst"), "configure"), "aa-enabled --quiet\n");
  rmSync(join(root, "bin/aa-enabled"));
  assert.equal(runIn("dash", join(directory, "debian/shop.postinst"), "configure"), "");
});

test("what is there already is not replaced, and then nothing is written", async (context) => {
  const directory = directoryWith(context, { shop: SHOP, "debian/shop.postrm": "#!/bin/sh\nmine\n" });
  const blocked = await run("debian", "-p", "shop", "-o", directory, join(directory, "shop"));
  assert.deepEqual([blocked.status, /is there already, and is another one/.test(blocked.out)], [1, true]);
  assert.deepEqual(readdirSync(join(directory, "debian")), ["shop.postrm"]);
  rmSync(join(directory, "debian/shop.postrm"));
  assert.equal((await run("debian", "-p", "shop", "-o", directory, join(directory, "shop"))).status, 0);
  assert.match(
    (await run("debian", "-p", "shop", "-o", directory, join(directory, "shop"))).out,
    /shop\.postinst: is there already\n/,
  );
});

/** A program of this machine, if it is there: what its packages are is not ours to demand. */
function hasProgram(name: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${name}`]).status === 0;
}

test("instances of a unit get their profiles, and systemd knows what is written", async (context) => {
  const policy =
    "profile redis-primary { include if exists <local/redis>\n}\nprofile redis-replica { include if exists <local/redis>\n}\n";
  const directory = directoryWith(context, { redis: policy, "redis@.service": "[Service]\nExecStart=/bin/true\n" });
  const units = ["-u", "redis@primary=redis-primary", "-u", "redis@replica.service=redis-replica"];
  const done = await run("systemd", ...units, "-o", directory, join(directory, "redis"));
  assert.deepEqual([done.status, done.err], [0, ""]);
  for (const [instance, profile] of [
    ["primary", "redis-primary"],
    ["replica", "redis-replica"],
  ] as const) {
    const text = readFileSync(join(directory, `redis@${instance}.service.d/apparmor.conf`), "utf8");
    assert.match(text, new RegExp(`^\\[Service\\]\\nAppArmorProfile=${profile}$`, "m"));
    if (!hasProgram("systemd-analyze")) continue;
    const env = { ...process.env, SYSTEMD_UNIT_PATH: `${directory}:` };
    const { stderr } = spawnSync("systemd-analyze", ["verify", `redis@${instance}.service`], { encoding: "utf8", env });
    assert.doesNotMatch(stderr, /apparmor\.conf/);
  }
  assert.deepEqual(await codes("systemd", "-u", "redis@=redis-%i", join(directory, "redis")), []);
  assert.deepEqual(await codes("systemd", "-u", "redis@=cache-%i", join(directory, "redis")), ["profile-name"]);
  assert.deepEqual(await codes("systemd", "-u", "redis=redis-%i", join(directory, "redis")), ["unit-name"]);
  assert.deepEqual(await codes("systemd", "-u", "redis@primary", join(directory, "redis")), ["profile-chosen"]);
  assert.deepEqual(await codes("systemd", join(directory, "redis")), ["unit-missing"]);
  assert.deepEqual(await codes("systemd", "-u", "redis.timer=redis-primary", join(directory, "redis")), ["unit-name"]);
});

test("two files of one name, and a unit of two profiles, are mistakes; what is said twice counts once", async (context) => {
  const two = "profile one { }\nprofile two { include if exists <local/both>\n}\n";
  const directory = directoryWith(context, { "a/shop": SHOP, "b/shop": SHOP, both: two });
  const [first, second, both] = ["a/shop", "b/shop", "both"].map((path) => join(directory, path));
  assert.ok(first !== undefined && second !== undefined && both !== undefined);
  for (const form of ["debian", "rpm"]) {
    assert.deepEqual(await codes(form, "-p", "shop", first, second), ["file-name"]);
    assert.deepEqual(await codes(form, "-p", "shop", first, first), ["file-name"]);
  }
  assert.deepEqual(await codes("systemd", "-u", "web=one", "-u", "web.service=two", both), ["unit-name"]);
  const twice = await run("systemd", "-u", "web=one", "-u", "web.service=one", both);
  assert.equal(twice.status, 0);
  assert.equal(twice.out.match(/AppArmorProfile=/g)?.length, 1);
});

test("a name that means something else where it is written is a mistake", async (context) => {
  const ask = async (name: string, ...argv: readonly string[]): Promise<readonly string[]> =>
    codes(...argv, join(directoryWith(context, { p: `profile "${name}" { include if exists <local/p>\n}\n` }), "p"));
  const forms = [["systemd", "-u", "web"], ["docker"], ["podman"], ["kubernetes"], ["lxc"], ["libvirt"]];
  for (const form of forms) {
    for (const name of ["-web", "unconfined", ":other:web", "a b"])
      assert.deepEqual(await ask(name, ...form), ["profile-name"], `${form.join(" ")} ${name}`);
    assert.deepEqual(await ask("web", ...form, "-n", "other"), ["profile-name"]);
    for (const name of ["generated", "unchanged"])
      assert.deepEqual(await ask(name, ...form), form[0] === "lxc" ? ["reserved-name"] : []);
  }
});

test("packages are called what their tools let them be called", async (context) => {
  const shop = join(directoryWith(context), "shop");
  for (const name of ["Shop", "shop_1", "s"]) {
    assert.equal((await run("debian", "-p", name, shop)).status, 2, name);
    assert.equal((await run("rpm", "-p", name, shop)).status, 0, name);
  }
});

test("a unit that starts another program than the profile is for is reported", async (context) => {
  const directory = directoryWith(context, {
    shop: SHOP,
    "other.service": "[Service]\nExecStart=-/usr/bin/other --now\n",
    "shop@.service": "[Service]\nExecStart=/usr/bin/shop %i\n",
  });
  const ask = (unit: string, file: string): Promise<readonly string[]> =>
    codes("systemd", "-u", unit, "--unit-file", join(directory, file), join(directory, "shop"));
  assert.deepEqual(await ask("other", "other.service"), ["unit-program"]);
  assert.deepEqual(await ask("shop@one", "shop@.service"), []);
});

const unit = (profile: string): string => `[Service]\nExecStart=/usr/bin/shop\nAppArmorProfile=${profile}\n`;

test("a unit file names its unit, and the profile it names by itself is compared", async (context) => {
  const directory = directoryWith(context, {
    shop: SHOP,
    "shop.service": unit("shopp"),
    "shop-one.service": unit("-shop"),
    "shop@.service": unit("sh%ip"),
  });
  const withUnit = async (...argv: readonly string[]): Promise<Ran> =>
    run("systemd", ...argv.map((word) => (word.includes(".") ? join(directory, word) : word)), join(directory, "shop"));
  const alone = await withUnit("--unit-file", "shop.service");
  assert.equal(alone.status, 0, alone.err);
  assert.match(alone.out, /^AppArmorProfile=shop$/m);
  assert.match(
    alone.err,
    /\[unit-profile\]: shop\.service names the profile `shopp`, and the drop-in puts `shop` in its place/,
  );
  const same = await withUnit("--unit-file", "shop-one.service");
  assert.deepEqual([same.status, same.err], [0, ""]);
  const instance = await withUnit("-u", "shop@o", "--unit-file", "shop@.service");
  assert.deepEqual([instance.status, instance.err], [0, ""]);
});

test("what cannot be compiled is reported where it is wrong", async (context) => {
  const directory = directoryWith(context, {
    shop: SHOP.replace("}", "  capabilty setuid,\n}"),
    "inc/part": "  capabilty setuid,\n",
    other: `profile other /usr/bin/other {\n  include if exists <local/other>\n  include <part>\n}\n`,
  });
  const own = await run("debian", "-p", "shop", join(directory, "shop"));
  const line = SHOP.slice(0, SHOP.lastIndexOf("}")).split("\n").length;
  assert.match(own.err, new RegExp(`^\\S*/shop:${line}: error \\[no-policy\\]: .*capabilty`, "m"));
  const included = await run("debian", "-p", "other", "-I", join(directory, "inc"), join(directory, "other"));
  assert.match(included.err, /^\S*\/other:3: error \[no-policy\]: .*capabilty/m);
});

test("the subpackage for RPM is one, and its macro loads the profile", async (context) => {
  const directory = directoryWith(context);
  assert.equal((await run("rpm", "-p", "shop", "-o", directory, join(directory, "shop"))).status, 0);
  const fragment = readFileSync(join(directory, "shop-apparmor.inc"), "utf8");
  assert.match(fragment, /^%config\(noreplace\) %\{_sysconfdir\}\/apparmor\.d\/local\/shop$/m);
  assert.match(fragment, /^%apparmor_reload %\{_sysconfdir\}\/apparmor\.d\/shop$/m);
  if (!hasProgram("rpmspec")) return;
  const spec = `Name: shop\nVersion: 1\nRelease: 1\nSummary: s\nLicense: Apache-2.0\n%description\nd\n%include ${directory}/shop-apparmor.inc\n%prep\n%files\n`;
  writeFileSync(join(directory, "shop.spec"), spec);
  const ask = (...argv: readonly string[]): string => {
    const all = [
      "--load",
      join(directory, "macros.apparmor"),
      "--define",
      "_sysconfdir /etc",
      ...argv,
      join(directory, "shop.spec"),
    ];
    const { status, stderr, stdout } = spawnSync("rpmspec", all, { encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
    return stdout;
  };
  assert.match(ask("-P"), /apparmor_parser -r -T -W \/etc\/apparmor\.d\/shop/);
  assert.equal(ask("-q", "--qf", "%{name} "), "shop shop-apparmor ");
});

test("containers name the profile as it is called, and a name that a runtime loads itself is refused", async (context) => {
  const own = "profile web { include if exists <local/web>\n}\n";
  const directory = directoryWith(context, {
    web: own,
    two: `${own.replace("web {", "one {").replace("local/web", "local/two")}profile two { include if exists <local/two>\n}\n`,
    "docker-default": own.replaceAll("web", "docker-default"),
    blank: 'profile "a web" { include if exists <local/blank>\n}\n',
  });
  const at = (name: string): string => join(directory, name);
  const pod = await run("kubernetes", "--image", "reg.io/a/web:1.2", at("web"));
  assert.deepEqual([pod.status, pod.err], [0, ""]);
  assert.match(pod.out, /^ {8}appArmorProfile:\n {10}type: Localhost\n {10}localhostProfile: "web"$/m);
  for (const form of ["docker", "podman", "lxc", "libvirt"]) {
    assert.deepEqual(await codes(form, at("web")), []);
    assert.match((await run(form, at("web"))).out, /\bweb\b/);
    assert.deepEqual(await codes(form, at("two")), ["profile-chosen"]);
    assert.deepEqual(await codes(form, "--profile", "two", at("two")), []);
    assert.deepEqual(await codes(form, "--profile", "twp", at("two")), ["profile-name"]);
    assert.deepEqual(await codes(form, at("docker-default")), ["reserved-name"]);
    assert.deepEqual(await codes(form, at("blank")), ["profile-name"]);
  }
});

test("the usual mistakes of profiles are reported, where they are", async (context) => {
  const directory = directoryWith(context, {
    bare: "\nprofile bare { }\n",
    must: "profile must { include <local/must>\n}\n",
    other: "profile other { include if exists <local/another>\n}\n",
    lax: "profile lax flags=(complain) { include if exists <local/lax>\n}\n",
    empty: "# nothing\n",
    broken: "profile broken { nonsense }\n",
    "a b": "profile x { include if exists <local/x>\n}\n",
    "x.dpkg-new": SHOP,
    "local/must": "",
  });
  const ask = (name: string): Promise<readonly string[]> =>
    codes("debian", "-p", "xx", "-I", directory, join(directory, name));
  assert.deepEqual(await ask("bare"), ["local-include-missing"]);
  assert.match((await run("debian", "-p", "xx", join(directory, "bare"))).err, /bare:2: /);
  assert.deepEqual(await ask("must"), ["local-include-required"]);
  assert.deepEqual(await ask("other"), ["local-include-name"]);
  assert.deepEqual(await ask("lax"), ["complain-mode"]);
  assert.deepEqual(await ask("empty"), ["no-profile"]);
  assert.deepEqual(await ask("broken"), ["no-policy"]);
  assert.ok((await ask("a b")).includes("file-name"));
  const failed = await run("debian", "-p", "xx", "-o", directory, join(directory, "bare"), join(directory, "broken"));
  assert.deepEqual([failed.status, existsSync(join(directory, "debian"))], [1, false]);
});
