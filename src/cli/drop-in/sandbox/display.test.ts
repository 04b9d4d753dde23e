import assert from "node:assert/strict";
import { test } from "node:test";
import { fail, ok } from "../../../foundation/basics/index.ts";
import { memoryFiles } from "../../../foundation/ports/index.ts";
import { type CliIo, processIo } from "../../io.ts";
import { type DisplayWish, authorityFile, displayRules, freeDisplay, openDisplay } from "./display.ts";

const WISH: DisplayWish = { server: "xephyr", hasClipboard: false, authority: undefined, geometry: "800x600" };
const FREE = { number: 12, authority: "/home/ann/.Xauthority-sandbox12" };
const SOCKET = "/tmp/.X11-unix/X12";
const KEYS = FREE.authority;

/** A pattern of these rules as an expression. */
function expression(pattern: string): RegExp {
  return new RegExp(
    `^${pattern
      .replaceAll(".", "\\.")
      .replaceAll(/(?<!\])\?/g, "[^/]")
      .replaceAll("*", "[^/]*")}$`,
  );
}

test("of all displays the profile denies every one but its own", () => {
  for (const number of [1, 9, 10, 12, 99, 100, 256]) {
    const rules = displayRules({ number, authority: "/x" }, "");
    const denied = rules.flatMap((rule) => /^audit deny (\S+) rw,$/.exec(rule)?.[1] ?? []).map(expression);
    const isDenied = (other: number): boolean => denied.some((one) => one.test(`/tmp/.X11-unix/X${other}`));
    const open = Array.from({ length: 3000 }, (_, at) => at).filter((other) => !isDenied(other));
    assert.deepEqual(open, [number]);
    assert.ok(rules.includes(`/tmp/.X11-unix/X${number} rw,`));
    assert.ok(!rules.some((rule) => rule.startsWith("audit deny unix")));
    assert.ok(displayRules({ number, authority: "/x" }, "af_unix").some((rule) => rule.startsWith("audit deny unix")));
  }
});

test("a file of keys is laid out as Xlib reads it", () => {
  const key = Uint8Array.from({ length: 16 }, (_, at) => at);
  const bytes = Buffer.from(authorityFile(12, key));
  const head = Buffer.from("ffff0000000231320012", "hex");
  const wanted = Buffer.concat([head, Buffer.from("MIT-MAGIC-COOKIE-1"), Buffer.from([0, 16]), key]);
  assert.deepEqual(bytes, wanted);
});

test("the first display is taken whose socket and lock are not there", () => {
  const io = { ...processIo(), files: memoryFiles({ "/tmp/.X11-unix/X1": "", "/tmp/.X2-lock": "" }) };
  assert.deepEqual(freeDisplay(WISH, "/home/ann", io), ok({ number: 3, authority: "/home/ann/.Xauthority-sandbox3" }));
  assert.equal(freeDisplay(WISH, undefined, io).ok, false);
});

interface World {
  readonly io: CliIo;
  readonly files: ReturnType<typeof memoryFiles>;
  readonly deeds: readonly string[];
}

/** A machine with these servers, which answer at once, end at once, or are in a home that others may write to. */
function machine(tools: readonly string[], how: "answers" | "ends" | "shared" = "answers"): World {
  const files = memoryFiles();
  const deeds: string[] = [];
  const io: CliIo = {
    ...processIo(),
    files,
    openDirectory: (path) => (how === "shared" ? fail({ kind: "others-may-write", path }) : ok(path)),
    toolPath: (name) => (tools.includes(name) ? `/usr/bin/${name}` : undefined),
    removeAfterEnd: (path) => {
      deeds.push(`guard ${path}`);
      return ok(() => void deeds.push("no guard"));
    },
    startAside: (path, args, env) => {
      deeds.push(`${[path, ...args].join(" ")} DISPLAY=${env["DISPLAY"] ?? ""} LD=${env["LD_PRELOAD"] ?? ""}`);
      if (how === "answers") files.write(SOCKET, new Uint8Array());
      return {
        ended: () => (how === "ends" ? { status: 3, signal: undefined } : undefined),
        stop: async () => void deeds.push(`stop ${path}`),
      };
    },
  };
  return { io, files, deeds };
}

const ENVIRONMENT = { DISPLAY: ":0", HOME: "/home/ann", LD_PRELOAD: "/home/ann/x.so" };

test("a server is started by its path in a known environment, and leaves no keys behind", async () => {
  const { deeds, files, io } = machine(["Xephyr"]);
  const opened = await openDisplay(WISH, FREE, ENVIRONMENT, io);
  assert.ok(opened.ok);
  assert.equal(files.read(KEYS).ok, true);
  assert.equal(opened.value.environment["DISPLAY"], ":12");
  assert.equal(await opened.value.stop(), undefined);
  assert.equal(files.read(KEYS).ok, false);
  const server = `/usr/bin/Xephyr :12 -auth ${KEYS} -nolisten tcp -terminate -screen 800x600 DISPLAY=:0 LD=`;
  assert.deepEqual(deeds, [`guard ${KEYS}`, server, "stop /usr/bin/Xephyr", "no guard"]);
});

test("xpra has a server and what shows it", async () => {
  const { deeds, io } = machine(["xpra"]);
  const opened = await openDisplay({ ...WISH, server: "xpra", hasClipboard: true }, FREE, ENVIRONMENT, io);
  assert.ok(opened.ok);
  assert.match(deeds[1] ?? "", /^\/usr\/bin\/xpra start :12 .*--clipboard=yes DISPLAY= LD=$/);
  assert.match(deeds[2] ?? "", /^\/usr\/bin\/xpra attach :12 --clipboard=yes .*DISPLAY=:0 LD=$/);
});

test("what is missing, ends, or cannot be kept secret is said, and nothing is left", async () => {
  const cases: readonly (readonly [World, DisplayWish, Readonly<Record<string, string>>, RegExp])[] = [
    [machine([]), WISH, ENVIRONMENT, /^Xephyr is not installed/],
    [machine([]), { ...WISH, server: "xpra" }, ENVIRONMENT, /^xpra is not installed/],
    [machine(["xpra"]), { ...WISH, server: "xpra3d" }, ENVIRONMENT, /^Xorg is not installed/],
    [machine(["Xephyr"], "ends"), WISH, ENVIRONMENT, /^\/usr\/bin\/Xephyr ended with status 3/],
    [machine(["Xephyr"], "shared"), WISH, ENVIRONMENT, /cannot be kept secret: .*others may write there/],
    [machine(["Xephyr"]), WISH, {}, /^DISPLAY names no display/],
  ];
  for (const [{ files, io }, wish, environment, said] of cases) {
    const opened = await openDisplay(wish, FREE, environment, io);
    assert.ok(!opened.ok);
    assert.match(opened.error, said);
    assert.equal(files.read(KEYS).ok, false);
  }
});
