import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Client, type Held, type Message, holdDialogue, inTurn, press } from "../support/dialogue-client.ts";

const PROFILE = "profile web /usr/bin/web flags=(complain) {\n  /usr/bin/web mr,\n}\n";

let serial = 100;

function record(type: string, operation: string, fields: string): string {
  serial += 1;
  return `type=AVC msg=audit(1764374400.${serial}:${serial}): apparmor="${type}" operation="${operation}" ${fields} pid=10 comm="web"\n`;
}

function file(type: string, profile: string, [path, mask]: readonly [string, string], ouid = 0): string {
  const masks = `requested_mask="${mask}" denied_mask="${mask}"`;
  return record(type, "open", `class="file" profile="${profile}" name="${path}" ${masks} fsuid=1000 ouid=${ouid}`);
}

const EXEC = record(
  "ALLOWED",
  "exec",
  'class="file" profile="web" name="/usr/bin/helper" requested_mask="x" denied_mask="x" fsuid=0 ouid=0 target="web//null-/usr/bin/helper"',
);
const PID_FILE = file("DENIED", "web", ["/run/notes/n.pid", "w"], 1000);

function yes(isYes = true): string {
  return JSON.stringify({ dialog: "yesno", response_key: isYes ? "y" : "n" });
}

function say(response: string): string {
  return JSON.stringify({ dialog: "getstring", response });
}

function hold(log: string, client: Client, ...argv: readonly string[]): Promise<Held> {
  const texts = { "/pol/web": PROFILE, "/log": log };
  return holdDialogue("aa-logprof", ["--no-check-mountpoint", "-d", "/pol", "-f", "/log", ...argv], texts, client);
}

function menus({ messages }: Held): readonly Message[] {
  return messages.filter(({ dialog }) => dialog === "promptuser");
}

function policyOf({ files }: Held): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files.texts()).filter(([path]) => path.startsWith("/pol/") && path !== "/log"),
  );
}

test("the protocol's own transcript: a path is written, marked and taken", async () => {
  const held = await hold(PID_FILE, inTurn(press("n"), say("/run/notes/*.pid"), press("a", 1), press("s")));
  assert.equal(held.status, 0, held.err);
  assert.deepEqual(held.messages[0], { dialog: "apparmor-json-version", data: "2.12" });
  const [first, second, save] = menus(held);
  assert.deepEqual(first, {
    dialog: "promptuser",
    title: null,
    headers: { Profile: "web", Path: "/run/notes/n.pid", "New Mode": "owner w", Severity: "unknown" },
    explanation: null,
    options: ["owner /run/notes/n.pid w,"],
    menu_items: [
      "(A)llow",
      "[(D)eny]",
      "(I)gnore",
      "(G)lob",
      "Glob with (E)xtension",
      "(N)ew",
      "Audi(t)",
      "(O)wner permissions off",
      "Abo(r)t",
      "(F)inish",
    ],
    default_key: "d",
  });
  assert.deepEqual(second?.options, ["owner /run/notes/n.pid w,", "owner /run/notes/*.pid w,"]);
  assert.ok(held.messages.some(({ data }) => data === "Adding owner /run/notes/*.pid w, to profile."));
  assert.deepEqual(save, {
    dialog: "promptuser",
    title: "Changed Local Profiles",
    headers: {},
    explanation: "The following local profiles were changed. Would you like to save them?",
    options: ["web"],
    menu_items: [
      "(S)ave Changes",
      "Save Selec(t)ed Profile",
      "[(V)iew Changes]",
      "View Changes b/w (C)lean profiles",
      "Abo(r)t",
    ],
    default_key: "v",
  });
  assert.deepEqual(policyOf(held), {
    "/pol/web": "profile web /usr/bin/web flags=(complain) {\n  /usr/bin/web mr,\n  owner /run/notes/*.pid w,\n}\n",
  });
});

test("every way to answer an exec puts what the program did where it belongs, and nothing is written before the end", async () => {
  const log = EXEC + file("ALLOWED", "web//null-/usr/bin/helper", ["/etc/secret", "r"]);
  const written = async (...replies: readonly string[]): Promise<Readonly<Record<string, string>>> => {
    const held = await hold(log, inTurn(...replies));
    assert.equal(held.status, 0, held.err);
    return policyOf(held);
  };
  const head = "profile web /usr/bin/web flags=(complain) {\n  /usr/bin/web mr,\n";
  const inherited = `${head}  /usr/bin/helper rmix,\n  /etc/secret r,\n}\n`;
  assert.deepEqual(await written(press("h"), press("a"), press("s")), { "/pol/web": inherited });
  const child = await written(press("c"), yes(), press("a"), press("s"));
  assert.match(
    child["/pol/web"] ?? "",
    /helper Cx,\n\s+profile \/usr\/bin\/helper \{\n\s+\/usr\/bin\/helper rm,\n\s+\/etc\/secret r,/,
  );
  const own = await written(press("x"), press("p"), yes(false), press("a"), press("s"));
  assert.match(own["/pol/web"] ?? "", /\/usr\/bin\/helper rmpix,/);
  assert.match(
    own["/pol/helper"] ?? "",
    /^profile helper \/usr\/bin\/helper \{\n {2}\/etc\/secret r,\n {2}\/usr\/bin\/helper rm,\n\}\n$/,
  );
  const named = await written(press("n"), yes(), say("kid"), yes(), press("a"), press("s"));
  assert.match(named["/pol/web"] ?? "", /helper Cx -> kid,\n\s+profile kid \{/);
  const free = await written(press("u"), yes(false), press("u"), yes(), yes(), press("s"));
  assert.deepEqual(free, { "/pol/web": `${head}  /usr/bin/helper Ux,\n}\n` });
  assert.deepEqual(await written(press("d"), press("s")), { "/pol/web": `${head}  deny /usr/bin/helper x,\n}\n` });
  assert.deepEqual(await written(press("i")), { "/pol/web": PROFILE });
  assert.deepEqual(await written(press("p"), yes(), press("a"), press("r"), yes()), { "/pol/web": PROFILE });
});

test("an exec question has the keys of its ways, and those of programs that are often started have fewer", async () => {
  const asked = await hold(EXEC, inTurn(press("x"), press("f")));
  const [first, second] = menus(asked);
  assert.deepEqual(first?.headers, { Profile: "web", Execute: "/usr/bin/helper", Severity: "unknown" });
  assert.deepEqual(first?.menu_items, [
    "In(h)erit",
    "(C)hild",
    "(P)rofile",
    "(N)amed",
    "(U)nconfined",
    "(X) ix On",
    "(D)eny",
    "Abo(r)t",
    "(I)gnore",
    "(F)inish",
  ]);
  assert.equal(first?.default_key, 0);
  assert.deepEqual(second?.menu_items?.slice(0, 6), [
    "In(h)erit",
    "(C)hild Inherit",
    "(P)rofile Inherit",
    "(N)amed Inherit",
    "(X) ix Off",
    "(U)nconfined",
  ]);
  const gzip = await hold(EXEC.replaceAll("/usr/bin/helper", "/usr/bin/gzip"), inTurn(press("f")));
  assert.deepEqual(menus(gzip)[0]?.menu_items?.slice(0, 4), ["In(h)erit", "(C)hild", "(N)amed", "(X) ix On"]);
});

test("globs, owner and audit are keys; an unknown key or option asks again", async () => {
  const held = await hold(
    PID_FILE,
    inTurn(
      press("?"),
      press("a", 7),
      press("g"),
      press("g", 1),
      press("e"),
      press("o", 1),
      press("t", 1),
      press("a", 1),
      press("v"),
      JSON.stringify({ dialog: "changes", response: null }),
      press("s"),
    ),
  );
  assert.equal(held.status, 0, held.err);
  const options = menus(held).map((menu) => menu.options);
  const plain = "owner /run/notes/n.pid w,";
  assert.deepEqual(options.slice(0, 3), [[plain], [plain], [plain]]);
  assert.deepEqual(options.slice(3, 6), [
    [plain, "owner /run/notes/* w,"],
    [plain, "owner /run/notes/* w,", "owner /run/** w,"],
    [plain, "owner /run/notes/* w,", "owner /run/** w,", "owner /run/notes/*.pid w,"],
  ]);
  assert.deepEqual(options[7]?.[1], "audit /run/notes/* w,");
  assert.match(held.files.texts()["/pol/web"] ?? "", /^ {2}audit \/run\/notes\/\* w,$/m);
  assert.ok(held.messages.some(({ dialog, header }) => dialog === "changes" && header === "Changes of web"));
});

test("an answer that is none ends the dialogue with a word, and writes nothing", async () => {
  for (const [reply, said] of [
    ['{"dialog":"yesno","response_key":"y"}', /ERROR: Expected response promptuser got/],
    ["{broken", /ERROR: Expected response promptuser got \{broken/],
    ['{"dialog":"promptuser","response_key":"a"}', /ERROR: Expected response promptuser got/],
    [undefined, /ERROR: The answers ended/],
  ] as const) {
    const held = await hold(EXEC + PID_FILE, inTurn(press("h"), ...(reply === undefined ? [] : [reply])));
    assert.equal(held.status, 1);
    assert.match(held.err, said);
    assert.deepEqual(policyOf(held), { "/pol/web": PROFILE });
  }
});

test("a log that makes others fail is only a log: patterns in names, hats, nested learning profiles", async () => {
  const names = file("DENIED", "web", ["/srv/a b/c*d", "r"]).replace('"/srv/a b/c*d"', "2F7372762F6120622F632A64");
  const hat = record("ALLOWED", "change_hat", 'class="file" profile="web" name="NOPE" target="web//null-NOPE"');
  const nested = file("ALLOWED", "web//null-NOPE", ["/etc/hat", "r"]);
  const held = await hold(names + hat + nested, inTurn(press("a"), press("a"), press("a"), press("s")));
  assert.equal(held.status, 0, held.err);
  assert.deepEqual(menus(held)[0]?.headers, { Profile: "web", "Requested Hat": "NOPE" });
  const text = held.files.texts()["/pol/web"] ?? "";
  assert.match(text, /^ {2}"\/srv\/a b\/c\\\*d" r,$/m);
  assert.match(text, /hat NOPE \{\n\s+\/etc\/hat r,/);
});

test("what was only noted is asked before what was refused, and a second look is asked for", async () => {
  const capability = record("DENIED", "capable", 'class="cap" profile="web" capability=12 capname="net_admin"');
  const held = await hold(capability + file("ALLOWED", "web", ["/srv/x", "r"]), inTurn(press("i"), press("i")));
  assert.equal(held.status, 0);
  const said = held.messages.slice(3).map(({ data, headers }) => data ?? headers?.["Path"] ?? headers?.["Capability"]);
  assert.deepEqual(said, ["Complain-mode changes:", "/srv/x", "Enforce-mode changes:", "net_admin"]);
  assert.match(menus(held)[1]?.explanation ?? "", /^Look twice: `net_admin`/);
});

const INCLUDED = {
  few: "/srv/{a,b,c} r,\n/srv/more r,\n",
  wide: "/srv/* r,\n/usr/share/wide/** r,\n",
};
const THREE = ["/srv/a", "/srv/b", "/srv/c"].map((path) => file("DENIED", "web", [path, "r"])).join("");

test("of the marked include it is said what it opens besides what was asked", async () => {
  const texts = Object.fromEntries(Object.entries(INCLUDED).map(([name, text]) => [`/pol/abstractions/${name}`, text]));
  const client = inTurn(press("t", 1), press("t", 2), press("f"), press("r"), yes());
  const argv = ["--no-check-mountpoint", "-d", "/pol", "-f", "/log"];
  const held = await holdDialogue("aa-logprof", argv, { "/pol/web": PROFILE, "/log": THREE, ...texts }, client);
  const [first, rule, wide] = menus(held);
  assert.deepEqual(first?.options, ["include <abstractions/few>", "/srv/a r,", "include <abstractions/wide>"]);
  assert.equal(first?.explanation, "Besides what was asked it opens:\n  /srv/more r,");
  assert.equal(rule?.explanation, null);
  assert.match(wide?.explanation ?? "", /^Besides what was asked it opens:\n {2}\/srv\//);
});

test("nobody is asked with --allow-all; a mark, another directory and no includes are heeded", async () => {
  const first = file("DENIED", "web", ["/srv/before", "r"]);
  const log = `${first}the MARK\n${PID_FILE}`;
  const none = inTurn();
  const held = await hold(log, none, "-a", "-m", "MARK");
  assert.equal(held.status, 0, held.err);
  assert.match(held.files.texts()["/pol/web"] ?? "", /mr,\n {2}owner \/run\/notes\/n\.pid w,\n\}/);
  const lost = await hold(log, none, "-a", "-m", "ELSEWHERE");
  assert.ok(lost.messages.some(({ data }) => data === "No line of the log has ELSEWHERE in it."));
  const elsewhere = await hold(PID_FILE, none, "-a", "-o", "/pol/out");
  assert.equal(elsewhere.files.texts()["/pol/web"], PROFILE);
  assert.match(elsewhere.files.texts()["/pol/out/web"] ?? "", /n\.pid w,/);
});

test("a log that is not there, a directory for one, no profiles, wrong arguments: said, with the tool's status", async () => {
  const texts = { "/pol/web": PROFILE };
  const run = async (...argv: readonly string[]): Promise<readonly [number, string]> => {
    const { status, err } = await holdDialogue("aa-logprof", argv, texts, inTurn());
    return [status, err];
  };
  const check = "--no-check-mountpoint";
  assert.deepEqual(await run(check, "-d", "/pol", "-f", "/pol/none"), [
    1,
    "\nERROR: The logfile /pol/none does not exist. Please check the path.\n",
  ]);
  assert.deepEqual(await run(check, "-d", "/pol", "-f", "/pol"), [
    1,
    "\nERROR: /pol is a directory. Please specify a file.\n",
  ]);
  assert.deepEqual(await run(check, "-d", "/none"), [1, "\nERROR: Can't find AppArmor profiles in /none\n"]);
  assert.equal((await run("--nothing"))[0], 2);
  assert.equal((await run("operand"))[0], 2);
});

/** A run on a terminal of its own: keys are pressed when what they answer is shown. */
async function onTerminal(
  keys: readonly (readonly [shown: RegExp, key: string])[],
  log: string,
  abstractions: Readonly<Record<string, string>> = {},
): Promise<{ shown: string; text: string; status: number | null }> {
  const directory = mkdtempSync(join(tmpdir(), "armorer-logprof-"));
  try {
    writeFileSync(join(directory, "web"), PROFILE);
    writeFileSync(join(directory, ".log"), log);
    mkdirSync(join(directory, "abstractions"));
    for (const [name, text] of Object.entries(abstractions)) writeFileSync(join(directory, "abstractions", name), text);
    const tool = join(import.meta.dirname, "../../../bin/aa-logprof");
    // Elsewhere, so that nothing is kept on this machine to be undone.
    const command = `stty cols 200; ${tool} --no-check-mountpoint -d ${directory} -f ${directory}/.log -o ${directory}/out`;
    const child = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
    const left = [...keys];
    let shown = "";
    let fresh = "";
    child.stdout.on("data", (piece: Buffer) => {
      shown += piece.toString();
      fresh += piece.toString();
      const [next] = left;
      if (next?.[0].test(fresh) !== true) return;
      fresh = "";
      left.shift();
      child.stdin.write(next[1]);
    });
    const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
    assert.deepEqual(left, [], shown);
    const written = join(directory, "out/web");
    const text = readFileSync(existsSync(written) ? written : join(directory, "web"), "utf8");
    return { shown: shown.replaceAll("\r\n", "\n"), text, status };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const MENU = /\(F\)inish\n?\r?\n$/;

test(
  "on a terminal: help, arrows, digits, a step back, a path of one's own, Ctrl-C that only asks, and saving",
  { timeout: 300_000 },
  async () => {
    const log = file("ALLOWED", "web", ["/srv/a", "r"]) + PID_FILE;
    const done = await onTerminal(
      [
        [MENU, "a"],
        [MENU, "?"],
        [MENU, "b"],
        [MENU, "g"],
        [/\[2 - \/srv\/\* r,\][^]*inish\r?\n$/, "\u001b[A"],
        [/\[1 - \/srv\/a r,\][^]*inish\r?\n$/, "2"],
        [/\[2 - \/srv\/\* r,\][^]*inish\r?\n$/, "a"],
        [MENU, "\u0003"],
        [/\(Y\)es/, "n"],
        [MENU, "n"],
        [/Enter new path/, "/run/notes/?.pid\n"],
        [/\[2 - owner \/run\/notes\/\?\.pid w,\][^]*inish\r?\n$/, "a"],
        [/Abo\(r\)t\r?\n$/, "v"],
        [/\+ {2}owner[^]*Abo\(r\)t\r?\n$/, "s"],
      ],
      log,
    );
    assert.equal(done.status, 0, done.shown);
    assert.match(done.shown, /\(2 of 2\)\nProfile: {2}web\nPath: {5}\/run\/notes\/n\.pid/);
    assert.match(done.shown, /\n {2}g {2}a pattern one level wider than the marked path\n/);
    assert.equal(
      done.text,
      "profile web /usr/bin/web flags=(complain) {\n  /usr/bin/web mr,\n  /srv/* r,\n  owner /run/notes/?.pid w,\n}\n",
    );
  },
);

test("on a terminal what is explained goes with the mark", { timeout: 300_000 }, async () => {
  const done = await onTerminal(
    [
      [/asked it opens:\r?\n {2}\/srv\/more r,\r?\n\r?\n \[1 - include <abstractions\/few>\][^]*inish\r?\n$/, "2"],
      [/unknown\r?\n\r?\n {2}1 - include <abstractions\/few>[^]*\[2 - \/srv\/a r,\][^]*inish\r?\n$/, "1"],
      [/asked it opens:[^]*\[1 - include[^]*inish\r?\n$/, "a"],
      [/Abo\(r\)t\r?\n$/, "s"],
    ],
    THREE,
    INCLUDED,
  );
  assert.equal(done.status, 0, done.shown);
  assert.match(done.text, /include <abstractions\/few>/);
});

test("Ctrl-D on a terminal ends everything, and nothing was changed", { timeout: 300_000 }, async () => {
  const done = await onTerminal(
    [
      [MENU, "a"],
      [/Abo\(r\)t\r?\n$/, "\u0004"],
    ],
    PID_FILE,
  );
  assert.equal(done.status, 1);
  assert.match(done.shown, /The answers ended before the questions did\. Nothing was changed\./);
  assert.equal(done.text, PROFILE);
});

test("[globs] of logprof.conf are options, and json_log keeps what is said", async () => {
  const refused =
    'type=AVC msg=audit(1795338034.254:1): apparmor="DENIED" operation="open" class="file" profile="n" name="/opt/jre-17.0.2/lib" pid=1 comm="n" requested_mask="r" denied_mask="r" fsuid=0 ouid=0\n';
  const before = new Set(readdirSync(tmpdir()).filter((name) => name.startsWith("aa-jsonlog-")));
  const files = {
    "/pol/n": "profile n /usr/bin/n {\n}\n",
    "/log": refused,
    "/etc/apparmor/logprof.conf": "[settings]\njson_log = 1\n[globs]\njre-[0-9.]+ = jre-*\n^/nothing = /x\n",
  };
  const argv = ["--no-check-mountpoint", "-d", "/pol", "-f", "/log"];
  const held = await holdDialogue("aa-logprof", argv, files, inTurn(press("a", 1), press("s")));
  assert.equal(held.status, 0, held.err);
  const [asked] = held.messages.filter(({ dialog }) => dialog === "promptuser");
  assert.deepEqual(asked?.options, ["/opt/jre-17.0.2/lib r,", "/opt/jre-*/lib r,"]);
  const [log] = readdirSync(tmpdir()).filter((name) => name.startsWith("aa-jsonlog-") && !before.has(name));
  assert.ok(log);
  const kept = readFileSync(join(tmpdir(), log), "utf8");
  rmSync(join(tmpdir(), log));
  assert.match(kept, /^o \{"dialog": "apparmor-json-version"/);
  assert.ok(kept.includes(`i ${press("a", 1)}\n`));
  const wrong = await holdDialogue(
    "aa-logprof",
    argv,
    { ...files, "/etc/apparmor/logprof.conf": "[globs]\n( = x\n" },
    inTurn(),
  );
  assert.deepEqual([wrong.status, /no regular expression/.test(wrong.err)], [1, true]);
});

const HAT = record("ALLOWED", "change_hat", 'class="file" profile="web" name="NOPE" target="web//null-NOPE"');

function holdWith(conf: string, log: string, files: Readonly<Record<string, string>>, client: Client): Promise<Held> {
  const texts = { "/pol/web": PROFILE, "/log": log, "/etc/apparmor/logprof.conf": conf, ...files };
  return holdDialogue("aa-logprof", ["--no-check-mountpoint", "-d", "/pol", "-f", "/log"], texts, client);
}

test("[defaulthat] of logprof.conf takes what is done in a hat that is not to be; denied, nothing of it is asked", async () => {
  const log = HAT + file("ALLOWED", "web//null-NOPE", ["/etc/hat", "r"]);
  // the last entry that fits the profile's name; its program does not count
  const conf = "[defaulthat]\nwe = OTHER\n^web$ = DEFAULT_URI\n/usr/bin/web = PROGRAM\n";
  const held = await holdWith(conf, log, {}, inTurn(press("u"), press("a"), press("s")));
  assert.equal(held.status, 0, held.err);
  const [asked] = menus(held);
  assert.deepEqual(asked?.headers, { Profile: "web", "Default Hat": "DEFAULT_URI", "Requested Hat": "NOPE" });
  const keys = ["(A)dd Requested Hat", "(U)se Default Hat", "[(D)eny]", "Abo(r)t", "(F)inish"];
  assert.deepEqual(asked?.menu_items, keys);
  assert.match(policyOf(held)["/pol/web"] ?? "", /\n {2}hat DEFAULT_URI \{\n\s+\/etc\/hat r,\n\s+\}\n\}\n$/);
  const there = PROFILE.replace("}\n", "  hat DEFAULT_URI {\n  }\n}\n");
  const known = await holdWith(conf, log, { "/pol/web": there }, inTurn(press("u"), press("a"), press("s")));
  assert.match(policyOf(known)["/pol/web"] ?? "", /hat DEFAULT_URI \{\n\s+\/etc\/hat r,\n\s+\}\n\}\n$/);
  const denied = await holdWith(conf, log, {}, inTurn(press("d"), press("a"), press("s")));
  assert.deepEqual([denied.status, menus(denied).length, policyOf(denied)["/pol/web"]], [0, 1, PROFILE]);
  const wrong = await holdWith("[defaulthat]\n^web$ = A B\n", log, {}, inTurn());
  assert.deepEqual([wrong.status, /`A B`, which is not one hat/.test(wrong.err)], [1, true]);
});

test("[required_hats] of logprof.conf are in a new profile, in complain mode", async () => {
  const conf = "[required_hats]\n^/usr/bin/help = ONE TWO\n/other = THREE\n";
  const held = await holdWith(conf, EXEC, {}, inTurn(press("p"), yes(), press("s")));
  assert.equal(held.status, 0, held.err);
  assert.match(
    policyOf(held)["/pol/helper"] ?? "",
    /helper rm,\n\s+hat ONE flags=\(complain\) \{\n\s+\}\n\s+hat TWO flags=\(complain\) \{\n\s+\}\n\}\n$/,
  );
});

test("custom_includes of logprof.conf are proposed beside the abstractions: files, and all of a directory", async () => {
  const log = file("DENIED", "web", ["/srv/a", "r"]) + file("DENIED", "web", ["/srv/b", "r"]);
  const includes = { "/pol/inc/own": "/srv/a r,\n", "/pol/own.d/b": "/srv/b r,\n", "/pol/own.d/c": "/srv/c r,\n" };
  const conf = "[settings]\ncustom_includes = inc/own own.d none\n";
  const held = await holdWith(conf, log, includes, inTurn(press("a", 1), press("a", 1), press("s")));
  assert.equal(held.status, 0, held.err);
  assert.deepEqual(
    menus(held).map(({ options }) => options),
    [["/srv/a r,", "include <inc/own>"], ["/srv/b r,", "include <own.d/b>"], ["web"]],
  );
  assert.match(policyOf(held)["/pol/web"] ?? "", /include <inc\/own>\n\s+include <own\.d\/b>\n/);
  const without = await holdWith("", log, includes, inTurn(press("f")));
  assert.deepEqual(menus(without)[0]?.options, ["/srv/a r,"]);
});
