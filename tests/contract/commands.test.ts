import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { versionText } from "../../src/cli/drop-in/apparmor-parser/help.ts";

const repository = join(import.meta.dirname, "../../..");
const { exports: doors } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
/** Every command, by the name it is called by: administrators link those that take the place of others. */
const commands = readdirSync(join(repository, "bin")).filter((name) => !name.includes("."));
const bin: Readonly<Record<string, string>> = {
  ...Object.fromEntries(commands.map((name) => [name, `bin/${name}`])),
  apparmor_status: "bin/aa-status",
};

/** The commands as they are installed: links elsewhere to the files of the package. */
function installed(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "armorer-bin-"));
  context.after(() => rmSync(directory, { recursive: true }));
  for (const [name, target] of Object.entries(bin)) symlinkSync(join(repository, target), join(directory, name));
  return directory;
}

function run(
  directory: string,
  argv: readonly string[],
  input = "",
): { status: number | null; out: string; err: string } {
  const [name = "", ...rest] = argv;
  const { status, stdout, stderr } = spawnSync(join(directory, name), rest, { input, encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

test("the bundle is there", () => {
  assert.ok(existsSync(join(repository, "dist/start.cjs")), "run `npm run build` first");
});

test("the version is the same with and without Node, and nothing else is said", (t) => {
  const directory = installed(t);
  assert.deepEqual(run(directory, ["apparmor_parser", "--version"]), { status: 0, out: versionText, err: "" });
  assert.deepEqual(run(directory, ["apparmor_parser", "-V", "--quiet"]), { status: 0, out: versionText, err: "" });
});

test("every command that the package installs says how it is used", (t) => {
  const directory = installed(t);
  for (const name of Object.keys(bin)) {
    // aa-teardown has no options; any argument makes it say so and do nothing.
    const { out, err } = run(directory, [name, "--help"]);
    assert.match(out + err, /usage/i, name);
  }
});

test("every command finds Node where the caller's PATH does not lead to it", (t) => {
  const directory = installed(t);
  for (const env of [{ PATH: "/sbin:/usr/sbin" }, {}]) {
    for (const name of Object.keys(bin)) {
      const { stdout, stderr } = spawnSync(join(directory, name), ["--help"], { encoding: "utf8", env });
      assert.match(stdout + stderr, /usage/i, name);
    }
  }
});

test("every verb of armorer is in the bundle under its own name", (t) => {
  const directory = installed(t);
  const { out: overview } = run(directory, ["armorer", "--help"]);
  const verbs = [...overview.matchAll(/^ {2}([a-z]+) +\S/gm)].map(([, verb = ""]) => verb);
  assert.ok(verbs.includes("decode"));
  for (const verb of verbs) {
    const { status, out, err } = run(directory, ["armorer", verb, "--help"]);
    assert.deepEqual({ status, err }, { status: 0, err: "" }, verb);
    assert.ok(out.startsWith(`Usage: armorer ${verb} `), verb);
  }
});

test("what the bundle compiles, it decodes", (t) => {
  const directory = installed(t);
  const blob = join(directory, "blob");
  const profile = "profile demo /usr/bin/demo {\n  /etc/demo r,\n}\n";
  assert.equal(run(directory, ["armorer", "compile", "--no-cache", "-o", blob, "-"], profile).status, 0);
  const { status, out } = run(directory, ["armorer", "decode", blob]);
  assert.equal(status, 0);
  assert.match(out, /demo/);
});

test("where WebAssembly is forbidden the same bytes come out", () => {
  const profile =
    "profile demo /usr/bin/demo {\n  /etc/demo/** r,\n  /usr/lib/**.so* mr,\n  owner @{HOME}/[a-f]* rw,\n}\n";
  const text = `@{HOME}=/home/*/ /root/\n${profile}`;
  const compile = (flags: readonly string[]): Buffer => {
    const argv = [...flags, join(repository, "bin/run.cjs"), "armorer", "compile", "--no-cache", "-o", "-", "-"];
    return spawnSync(process.execPath, argv, { input: text }).stdout;
  };
  const bytes = compile([]);
  assert.ok(bytes.length > 1000);
  // Node without a compiler to machine code has no WebAssembly.
  assert.deepEqual(compile(["--jitless"]), bytes);
});

function featureArgv(name: string): string[] {
  return ["-M", join(repository, "policy/abi", name)];
}

test("check takes the features it is given for those of the policy, too", (t) => {
  const directory = installed(t);
  const check = (argv: readonly string[], policy: string): number | null =>
    run(directory, ["armorer", "check", ...argv, "-"], policy).status;
  const stack = "profile t { change_profile -> &a,\n}\n";
  assert.equal(check([], stack), 0);
  assert.equal(check(featureArgv("5.0"), stack), 0);
  assert.equal(check(["--policy-features", "/dev/null"], stack), 1);
  // A label of io_uring is looked at where io_uring is known.
  const label = "profile t { io_uring label=@{profile_name},\n}\n";
  assert.equal(check([], label), 1);
  assert.equal(check(featureArgv("5.0"), label), 1);
  assert.equal(check(featureArgv("3.0"), label), 0);
});

test("a file that cannot be read stands in the report of check", (t) => {
  const directory = installed(t);
  const { status, out } = run(directory, ["armorer", "check", "--json", "/nonexistent/p"]);
  assert.equal(status, 1);
  const { files } = JSON.parse(out);
  assert.equal(files.length, 1);
  assert.equal(files[0].file, "/nonexistent/p");
  assert.equal(files[0].ok, false);
  assert.equal(files[0].diagnostics[0].code, "resolve/file-not-found");
});

test("check --fix mends files, leaves standard input alone and judges both as they are then", (t) => {
  const directory = installed(t);
  const policy = "profile t {\n  #include if exists <local/nothing>\n  /a q,\n}\n";
  const file = join(directory, "policy");
  writeFileSync(file, policy);
  const { status, out } = run(directory, ["armorer", "check", "--json", "--fix", file, "-"], policy);
  assert.equal(status, 1);
  const { files } = JSON.parse(out);
  assert.deepEqual(
    files.map(({ ok }: { ok: boolean }) => ok),
    [false, false],
  );
  assert.equal(readFileSync(file, "utf8"), policy.replace("#include", "include"));
});

test("verbs that read logs take no operands", (t) => {
  const directory = installed(t);
  for (const verb of ["audit", "learn"]) assert.equal(run(directory, ["armorer", verb, "audit.log"]).status, 2, verb);
});

test("apparmor_parser --abort-on-error looks at nothing behind a failure", (t) => {
  const directory = installed(t);
  const bad = join(directory, "bad");
  writeFileSync(bad, "profile bad {\n  /a q,\n}\n");
  const argv = ["apparmor_parser", "--config-file=/dev/null", "-QK", "--abort-on-error", bad, "/nonexistent/p"];
  const { status, err } = run(directory, argv);
  assert.equal(status, 1);
  assert.doesNotMatch(err, /not found/);
});

test("policy on standard input is compiled by the bundle, with options after the operand", (t) => {
  const directory = installed(t);
  const profile = "profile demo /usr/bin/demo {\n  /etc/demo r,\n}\n";
  const { status, out, err } = run(directory, ["apparmor_parser", "-N", "-T"], profile);
  assert.deepEqual({ status, out, err }, { status: 0, out: "demo\n", err: "" });
});

test("a reader that goes away ends a command quietly", (t) => {
  const directory = installed(t);
  const script = `${join(directory, "armorer")} --help | true; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  assert.match(stdout, /^(?:0|141)\n$/);
  assert.equal(stderr, "");
});

test("names that could steer a terminal are shown harmless", (t) => {
  const directory = installed(t);
  const hostile = "x\u001b]0;owned\u0007";
  for (const argv of [
    ["armorer", hostile],
    ["armorer", "check", hostile],
    ["armorer", "unload", hostile],
  ]) {
    const { out, err } = run(directory, argv);
    assert.ok(!`${out}${err}`.includes("\u001b"), argv.slice(0, 2).join(" "));
  }
});

test("every door of the library opens by its public name, and tells its types", async () => {
  const names = Object.keys(doors).filter((name) => !/\.json$|\*/.test(name));
  assert.ok(names.length > 10);
  for (const name of names) {
    assert.ok(existsSync(join(repository, doors[name].types)), doors[name].types);
    const door: unknown = await import(name.replace(/^\./, "armorer"));
    assert.ok(typeof door === "object" && door !== null, name);
  }
});

test("the library compiles a text to what the command compiles it to", async (t) => {
  const { compile } = await import("armorer");
  const known = readFileSync(join(repository, "policy/abi/4.0"), "utf8");
  const text = "profile demo /usr/bin/demo {\n  /etc/demo r,\n}\n";
  const policyFeatures = { kind: "text", text: known } as const;
  const { ok, units } = await compile({ path: "demo", text }, { kernelFeatures: known, policyFeatures });
  assert.ok(ok);
  const command = spawnSync(join(installed(t), "apparmor_parser"), ["-S", "-M", join(repository, "policy/abi/4.0")], {
    input: text,
  });
  assert.deepEqual(Buffer.concat(units.map((unit) => unit.bytes)), command.stdout);
});
