/**
 * The part of the contract that only a kernel can show (clients 3): the same questions to Debian's parser and to ours, each in
 * a guest of its own.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import {
  APPARMOR_DIRECTORY,
  type GuestFile,
  type LabProblem,
  type LabSession,
  type StepResult,
  openLab,
  openOracle,
  prepareLab,
  renderLabProblem,
} from "../../lab/index.ts";
import type { Outcome } from "../../src/foundation/basics/index.ts";
import { filesFrom } from "../support/lab.ts";

const repository = join(import.meta.dirname, "../../..");

function must<T>(outcome: Outcome<T, LabProblem>): T {
  if (!outcome.ok) assert.fail(renderLabProblem(outcome.error));
  return outcome.value;
}

before(async () => {
  must(await prepareLab(() => undefined));
});

const texts: Readonly<Record<string, string>> = {
  foo: "profile foo { /a r, profile kid { } }\n",
  two: "profile one { }\nprofile two { }\n",
  bad: "profile bad { bogus }\n",
  gone: "profile gone { }\n",
  "dir/x": "profile x { }\n",
  "dir/y": "profile y { }\n",
  garbage: "garbage ".repeat(32),
};

interface Question {
  readonly name: string;
  readonly argv: readonly string[];
  readonly stdin?: string;
  readonly uid?: number;
  readonly status: number;
  readonly out?: string | RegExp;
  readonly err?: string | RegExp;
  /** Lines that the kernel's list must hold afterwards, and lines it must not. */
  readonly loaded?: readonly string[];
  readonly absent?: readonly string[];
}

const questions: readonly Question[] = [
  {
    name: "a missing profile is replaced by adding it",
    argv: ["-Kr", "/work/foo"],
    status: 0,
    out: "",
    err: "",
    loaded: ["foo (enforce)", "foo//kid (enforce)"],
  },
  {
    name: "a loaded profile cannot be added",
    argv: ["-Ka", "/work/foo"],
    status: 239,
    err: /apparmor_parser: Unable to add "foo"\. {2}Profile already exists\n$/,
  },
  {
    name: "complain mode is forced on a loaded profile",
    argv: ["-KrC", "/work/foo"],
    status: 0,
    loaded: ["foo (complain)"],
  },
  {
    name: "a profile comes from standard input",
    argv: ["-Kr"],
    stdin: "profile from-stdin { }\n",
    status: 0,
    out: "",
    err: "",
    loaded: ["from-stdin (enforce)"],
  },
  {
    name: "removing tells what was removed",
    argv: ["--verbose", "--remove", "/work/foo"],
    status: 0,
    out: 'Removal succeeded for "foo".\n',
    absent: ["foo (complain)", "foo//kid (complain)"],
  },
  {
    name: "what is not loaded cannot be removed",
    argv: ["-R", "/work/gone"],
    status: 254,
    err: /apparmor_parser: Unable to remove "gone"\. {2}Profile doesn't exist\n$/,
  },
  {
    name: "two profiles are loaded",
    argv: ["-Kr", "/work/two"],
    status: 0,
    loaded: ["one (enforce)", "two (enforce)"],
  },
  {
    name: "of two profiles the first is removed, then the second",
    argv: ["-R"],
    stdin: "profile one { }\nprofile zgone { }\n",
    status: 254,
    absent: ["one (enforce)"],
    loaded: ["two (enforce)"],
  },
  {
    name: "removing stops at the first that is gone",
    argv: ["-R", "/work/two"],
    status: 254,
    loaded: ["two (enforce)"],
  },
  {
    name: "a directory is loaded behind two dashes, the bad file told and the others loaded",
    argv: ["--replace", "-K", "--", "/work/dir"],
    status: 0,
    loaded: ["x (enforce)", "y (enforce)"],
  },
  {
    name: "one bad file leaves the others",
    argv: ["-Kr", "/work/bad", "/work/foo"],
    status: 1,
    err: /parser error/,
    loaded: ["foo (enforce)"],
  },
  {
    name: "a namespace is made",
    argv: ["-K", "-n", "space", "-r", "/work/foo"],
    status: 0,
    loaded: [":space:foo (enforce)"],
  },
  { name: "garbage is refused with the errno of the kernel", argv: ["-B", "-r", "/work/garbage"], status: 93 },
  { name: "only root loads policy", argv: ["-Kr", "/work/foo"], uid: 1000, status: 243, err: /Access denied/ },
  {
    name: "the cache is written and its directory named by the kernel's features",
    argv: ["-rWL", "/work/cache", "/work/foo"],
    status: 0,
    out: "",
    err: "",
  },
  {
    name: "the cache is hit",
    argv: ["-rkWL", "/work/cache", "/work/foo"],
    status: 0,
    err: /Cache hit: \/work\/cache\/cb1455dc\.0\/foo\n/,
  },
  {
    name: "unloading leaves the cache",
    argv: ["-RWL", "/work/cache", "/work/foo"],
    status: 0,
    absent: ["foo (enforce)"],
  },
  {
    name: "the cache is still there",
    argv: ["-rkWL", "/work/cache", "/work/foo"],
    status: 0,
    err: /Cache hit: /,
    loaded: ["foo (enforce)"],
  },
  {
    name: "the directory of the cache is printed",
    argv: ["-L", "/work/cache", "--print-cache-dir"],
    status: 0,
    out: "/work/cache/cb1455dc.0\n",
    err: "",
  },
  {
    name: "a bare child name with odd characters is unloaded",
    argv: ["-R"],
    stdin: "profile kidded//u@d.e {}\n",
    status: 254,
  },
  { name: "an empty input loads nothing", argv: ["-Kr"], stdin: "", status: 0, out: "", err: "" },
];

function expect(actual: string, expected: string | RegExp | undefined, what: string): void {
  if (typeof expected === "string") assert.equal(actual, expected, what);
  else if (expected !== undefined) assert.match(actual, expected, what);
}

async function step(
  session: LabSession,
  id: string,
  argv: readonly string[],
  rest: { stdin?: string } = {},
): Promise<StepResult> {
  const [result] = must(await session.run([{ kind: "run", id, argv, timeoutMs: 300_000, ...rest }]));
  assert.ok(result);
  return result;
}

/** How a parser is called as a user. */
type Parser = (uid: number) => readonly string[];

const asUser = (uid: number): readonly string[] => (uid === 0 ? [] : ["setpriv", `--reuid=${uid}`, "--clear-groups"]);

async function ask(session: LabSession, parser: Parser, question: Question): Promise<void> {
  const { argv, stdin, uid = 0, status, out, err, loaded = [], absent = [] } = question;
  const result = await step(session, "ask", [...parser(uid), ...argv], stdin === undefined ? {} : { stdin });
  const what = `${question.name}: ${argv.join(" ")}\n${result.stdout}${result.stderr}`;
  assert.equal(result.exitCode, status, what);
  expect(result.stdout, out, what);
  expect(result.stderr, err, what);
  const list = await step(session, "list", ["cat", `${APPARMOR_DIRECTORY}/profiles`]);
  const lines = list.stdout.split("\n");
  for (const line of loaded) assert.ok(lines.includes(line), `${what}${line} is missing in\n${list.stdout}`);
  for (const line of absent) assert.ok(!lines.includes(line), `${what}${line} is still in\n${list.stdout}`);
}

function workFiles(root: string): GuestFile[] {
  return Object.entries(texts).map(([name, data]) => ({ path: `${root}/work/${name}`, data }));
}

async function withLab(
  files: readonly GuestFile[],
  withNode: boolean,
  use: (session: LabSession) => Promise<void>,
): Promise<void> {
  const session = must(await openLab({ kernel: "7.2", files, withNode, timeoutMs: 540_000 }));
  try {
    await use(session);
  } finally {
    await session.close();
  }
}

/** The files of a program and the libraries it is linked with, for a root of its own. */
function treeOf(root: string, program: string, list: string): GuestFile[] {
  const libraries = [...list.matchAll(/(\/\S+\.so[.\d]*)/g)].map(([, path = ""]) => path);
  const paths = new Set([program, "/lib64/ld-linux-x86-64.so.2", ...libraries]);
  return [...paths].map((path) => ({ path: `/oracle${path}`, data: readFileSync(join(root, path)), mode: 0o755 }));
}

test("Debian's parser keeps the contract on a kernel", { timeout: 600_000 }, async () => {
  const oracle = must(await openOracle());
  const program = "/usr/sbin/apparmor_parser";
  const listed = await oracle.run(["/lib64/ld-linux-x86-64.so.2", "--list", program]);
  const files = [
    ...treeOf(oracle.root, program, listed.stdout.toString()),
    ...workFiles("/oracle"),
    ...["proc", "sys", "var/cache/apparmor", "etc/apparmor.d"].map((path) => ({
      path: `/oracle/${path}`,
      directory: true as const,
    })),
    { path: "/oracle/etc/apparmor/parser.conf", data: "" },
  ];
  await withLab(files, false, async (session) => {
    await step(session, "mounts", ["sh", "-c", "mount -t proc proc /oracle/proc && mount --rbind /sys /oracle/sys"]);
    for (const question of questions)
      await ask(session, (uid) => ["chroot", `--userspec=${uid}:${uid}`, "/oracle", program], question);
  });
});

test("ours keeps the contract on a kernel", { timeout: 600_000 }, async () => {
  assert.ok(existsSync(join(repository, "dist/start.cjs")), "run `npm run build` first");
  const files = [
    ...["bin", "dist"].flatMap((name) => filesFrom(join(repository, name), `/opt/armorer/${name}`)),
    ...workFiles(""),
    { path: "/etc/apparmor.d", directory: true as const },
    { path: "/etc/apparmor/parser.conf", data: "" },
    { path: "/var/cache/apparmor", directory: true as const, mode: 0o700 },
  ];
  await withLab(files, true, async (session) => {
    for (const question of questions)
      await ask(session, (uid) => [...asUser(uid), "/opt/armorer/bin/apparmor_parser"], question);
    const status = await step(session, "status", ["/opt/armorer/bin/aa-status", "--json", "--show=profiles"]);
    assert.equal(status.exitCode, 0, status.stderr);
    assert.equal(JSON.parse(status.stdout).profiles.foo, "enforce");
    const enabled = await step(session, "enabled", ["/opt/armorer/bin/aa-enabled"]);
    assert.deepEqual([enabled.exitCode, enabled.stdout], [0, "Yes\n"]);
    const nobody = await step(session, "exec", ["/opt/armorer/bin/aa-exec", "-p", "nosuch", "true"]);
    assert.equal(nobody.exitCode, 1);
    assert.match(nobody.stderr, /profile 'nosuch' does not exist/);
    const confined = await step(session, "confined", [
      "/opt/armorer/bin/aa-exec",
      "-p",
      "unconfined",
      "cat",
      "/proc/self/attr/current",
    ]);
    assert.deepEqual([confined.exitCode, confined.stdout], [0, "unconfined\n"]);
  });
});
