/** Pages of the manual and completions as they are packed: every option of every command is in its page, and completes in real shells. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadVerb, verbNames } from "../../src/cli/armorer/index.ts";
import { commonOptions } from "../../src/cli/armorer/command.ts";
import { optionTable } from "../../src/cli/drop-in/apparmor-parser/option-table.ts";
import { tools } from "../../src/cli/drop-in/index.ts";
import { renderPages } from "../../src/cli/pages/index.ts";
import { repository } from "../support/sources.ts";

const DIST = join(repository, "dist");
const scratch = mkdtempSync(join(tmpdir(), "armorer-pages-"));
after(() => rmSync(scratch, { recursive: true }));

interface Known {
  /** As it is called: `armorer check`, `aa-status`. */
  readonly call: readonly string[];
  /** As they are typed. */
  readonly options: readonly string[];
}

const typed = (options: readonly { readonly long?: string; readonly short?: string }[]): readonly string[] =>
  options.flatMap(({ long, short }) => [
    ...(short === undefined ? [] : [`-${short}`]),
    ...(long === undefined ? [] : [`--${long}`]),
  ]);

/** Every command, with its options as argv is read by them. */
async function knownCommands(): Promise<readonly Known[]> {
  const known: Known[] = [{ call: ["apparmor_parser"], options: typed(optionTable) }];
  for (const name of verbNames) {
    const command = await loadVerb(name);
    assert.ok(command !== undefined);
    known.push({ call: ["armorer", name], options: typed([...command.options, ...commonOptions]) });
  }
  for (const { name, load } of tools) known.push({ call: [name], options: typed((await load()).tool.options) });
  return known;
}

const known = await knownCommands();

/** The pages there are, by name. */
function pageFiles(): ReadonlyMap<string, string> {
  const folders = ["man", "drop-in/man"].map((folder) => join(DIST, folder));
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
  );
  return new Map(
    files.flatMap((path) => {
      const [, name] = /\/([^/]+)\.[1-8]$/.exec(path) ?? [];
      return name === undefined ? [] : [[name, path] as const];
    }),
  );
}

function hasProgram(name: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((directory) => existsSync(join(directory, name)));
}

/** What a shell prints that runs a script. */
function run(shell: string, ...argv: readonly string[]): string {
  const done = spawnSync(shell, argv, {
    encoding: "utf8",
    cwd: scratch,
    env: { ...process.env, HOME: scratch, TERM: "dumb" },
  });
  assert.deepEqual({ status: done.status, stderr: done.stderr }, { status: 0, stderr: "" }, argv.join(" "));
  return done.stdout;
}

test("what is packed is what the tables of options make", async () => {
  const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  const pages = await renderPages(version);
  assert.ok(pages.size > known.length + 3);
  for (const [path, text] of pages)
    assert.equal(readFileSync(join(DIST, path), "utf8"), text, `${path}: run \`npm run build\``);
});

test("every command has a page, with every option that it reads", () => {
  const pages = pageFiles();
  assert.ok(pages.has("armorer"));
  let options = 0;
  for (const { call, options: wanted } of known) {
    const path = pages.get(call.join("-"));
    assert.ok(path !== undefined, `${call.join(" ")} has no page`);
    const text = readFileSync(path, "utf8").replaceAll(String.raw`\-`, "-");
    for (const name of wanted) {
      options += 1;
      assert.ok(text.includes(`\\fB${name}\\fR`), `${call.join(" ")} ${name} is not in ${path}`);
    }
  }
  assert.ok(options > 300, `saw only ${options} options`);
  // Every option that the help explains is explained: what stands below its name.
  const parser = readFileSync(pages.get("apparmor_parser") ?? "", "utf8");
  assert.match(parser, /\\fB\\-\\-print\\-cache\\-dir\\fR\nprint the directories that would be used\n/);
  const check = readFileSync(pages.get("armorer-check") ?? "", "utf8");
  assert.match(check, /\\fB\\-\\-base\\fR=\\fIDIR\\fR\ndirectory of profiles and includes/);
});

test("a page is called as its file is, has the sections that pages have, and nothing but requests of man(7)", () => {
  const requests = new Set([".TH", ".SH", ".PP", ".TP", ".RS", ".RE", ".nf", ".fi", ".br", `.\\"`]);
  for (const [name, path] of pageFiles()) {
    const text = readFileSync(path, "utf8");
    const lines = text.split("\n");
    for (const line of lines) {
      if (line.startsWith(".")) assert.ok(requests.has(line.split(" ")[0] ?? ""), `${path}: ${line}`);
      assert.ok(!line.startsWith("'"), `${path}: ${line}`);
      assert.doesNotMatch(line, /[^\n\x20-\x7e]/, `${path}: ${line}`);
    }
    const [section = ""] = /\d$/.exec(path) ?? [];
    assert.ok(text.includes(`.TH ${name.toUpperCase().replaceAll("-", String.raw`\-`)} ${section} `), path);
    const sections = lines.filter((line) => line.startsWith(".SH ")).map((line) => line.slice(4));
    assert.deepEqual(sections.slice(0, 3), ["NAME", "SYNOPSIS", "DESCRIPTION"], path);
    assert.match(
      text,
      new RegExp(String.raw`^\.SH NAME\n${name.replaceAll("-", String.raw`\\-`)} \\- [^\n]+[^.\n]\n`, "m"),
    );
  }
});

/** What a formatter says of a page, on both outputs; that a page has no date is meant: the same sources make the same pages. */
function saidOf(path: string, [name, ...argv]: readonly [string, ...string[]]): string {
  const { stderr, stdout } = spawnSync(name, [...argv, path], { encoding: "utf8" });
  return `${stdout}${stderr}`.replace(/^mandoc: \S+:2:\d+: WARNING: missing date, using "": TH\n/, "");
}

test("formatters of pages have nothing to say against them", (context) => {
  const checkers: readonly (readonly [string, ...string[]])[] = [
    ["groff", "-man", "-ww", "-z", "-Tutf8"],
    ["mandoc", "-T", "lint", "-W", "warning"],
  ];
  const there = checkers.filter(([name]) => hasProgram(name));
  context.diagnostic(
    `looked at by ${there.map(([name]) => name).join(", ") || "nobody: neither groff nor mandoc is installed"}`,
  );
  const broken = join(scratch, "broken.1");
  writeFileSync(broken, '.\\" a comment\n.TH X 1 "" "x" "x"\n.SH NAME\nx \\- y\n.NOSUCH\n');
  for (const checker of there) {
    assert.notEqual(saidOf(broken, checker), "", checker[0]);
    for (const path of pageFiles().values()) assert.equal(saidOf(path, checker), "", path);
  }
});

const BASH = `
source ${join(DIST, "completions/armorer.bash")}
while IFS= read -r line; do
  read -r -a COMP_WORDS <<< "$line"
  [[ $line == *' ' ]] && COMP_WORDS+=("")
  COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
  _armorer
  printf '%s\\n' "\${COMPREPLY[*]}"
done
`;

/** What bash completes each line to. */
function completedByBash(lines: readonly string[]): readonly (readonly string[])[] {
  const script = join(scratch, "complete.sh");
  writeFileSync(script, BASH);
  const done = spawnSync("bash", ["--norc", script], {
    encoding: "utf8",
    cwd: scratch,
    input: `${lines.join("\n")}\n`,
  });
  assert.deepEqual({ status: done.status, stderr: done.stderr }, { status: 0, stderr: "" });
  return done.stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split(" ").filter((word) => word !== ""));
}

test("bash completes every option of every command, verbs, and values that are words, directories or files", () => {
  const completed = completedByBash(known.map(({ call }) => `${call.join(" ")} -`));
  assert.equal(completed.length, known.length);
  for (const [at, { call, options }] of known.entries()) {
    assert.deepEqual([...new Set(completed[at])].toSorted(), [...new Set(options)].toSorted(), call.join(" "));
  }
  writeFileSync(join(scratch, "a-file"), "");
  mkdirSync(join(scratch, "b-directory"));
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["armorer ", ["help", ...verbNames]],
    ["armorer che", ["check"]],
    ["armorer help po", ["port"]],
    ["armorer completion ", ["bash", "zsh", "fish"]],
    ["armorer completion bash ", []],
    ["armorer app ", ["plan", "install", "verify", "remove", "status"]],
    ["armorer app plan a-", ["a-file"]],
    ["armorer package ", ["debian", "rpm", "systemd", "docker", "podman", "kubernetes", "lxc", "libvirt"]],
    ["armorer package k", ["kubernetes"]],
    ["armorer package docker a-", ["a-file"]],
    ["armorer tools ", ["link", "unlink"]],
    ["armorer tools link b-", ["b-directory"]],
    ["armorer query --format ", ["table", "json"]],
    ["armorer query --format = j", ["json"]],
    ["armorer query --format =", ["table", "json"]],
    ["armorer check a-", ["a-file"]],
    ["armorer check --base a-", []],
    ["/usr/sbin/apparmor_parser --skip-k", ["--skip-kernel-load"]],
    ["apparmor_parser -o a-f", ["a-file"]],
    ["rcapparmor sta", ["start", "status"]],
    ["aa-enabled --q", ["--quiet"]],
    ["armorer nosuch --", []],
  ];
  const found = completedByBash(cases.map(([line]) => line));
  for (const [at, [line, wanted]] of cases.entries()) {
    if (line.startsWith("rcapparmor"))
      assert.deepEqual(
        wanted.filter((word) => !(found[at] ?? []).includes(word)),
        [],
        line,
      );
    else assert.deepEqual(found[at], wanted, line);
  }
});

test("fish and zsh, where they are installed, take their scripts and offer every option", (context) => {
  const shells = ["fish", "zsh"].filter(hasProgram);
  context.diagnostic(`installed: ${shells.join(", ") || "neither"}`);
  for (const { call, options } of known) {
    const [program = "", verb] = call;
    if (shells.includes("fish")) {
      const script = join(DIST, "completions/armorer.fish");
      const words = run("fish", "--no-config", "-c", `source ${script}; complete -C '${call.join(" ")} -'`);
      const offered = words.split("\n").map((line) => line.split("\t")[0]);
      assert.deepEqual(
        options.filter((name) => !offered.includes(name)),
        [],
        `fish: ${call.join(" ")}`,
      );
    }
    if (shells.includes("zsh")) {
      // What the completion system would be told.
      const script = join(DIST, "completions/_armorer");
      const told = `compdef() { :; }; _arguments() { print -rl -- "$@"; }; _describe() { :; }; source ${script};
        words=(${program} ${verb ?? ""} -); CURRENT=$#words; _armorer`;
      const specs = run("zsh", "-f", "-c", told).split("\n");
      const missing = options.filter(
        (name) =>
          !specs.some(
            (spec) =>
              spec === `*${name}` ||
              spec.startsWith(`*${name}[`) ||
              /^[=+-]/.test(spec.startsWith(`*${name}`) ? spec.slice(name.length + 1) : ""),
          ),
      );
      assert.deepEqual(missing, [], `zsh: ${call.join(" ")}`);
    }
  }
});

test("both scripts for other shells name every option, whether these shells are there or not", () => {
  const fish = readFileSync(join(DIST, "completions/armorer.fish"), "utf8").split("\n");
  const zsh = readFileSync(join(DIST, "completions/_armorer"), "utf8").split("\n");
  for (const {
    call: [program = "", verb],
    options,
  } of known) {
    const start = `complete -c ${program}${verb === undefined ? "" : ` -n '__fish_seen_subcommand_from ${verb}'`} `;
    const lines = fish.filter((line) => line.startsWith(start));
    const first = zsh.findIndex((line) =>
      line.startsWith(`    '${[program, verb].filter((word) => word !== undefined).join(" ")}') _arguments`),
    );
    assert.ok(first >= 0, program);
    const last = zsh.findIndex((line, at) => at >= first && line.endsWith(" ;;"));
    const block = zsh.slice(first, last + 1).join("\n");
    for (const name of options) {
      const flag = name.startsWith("--") ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`;
      assert.ok(
        lines.some((line) => `${line} `.includes(`${flag} `)),
        `fish: ${program} ${verb} ${name}`,
      );
      assert.ok(block.includes(`'*${name}`), `zsh: ${program} ${verb} ${name}`);
    }
  }
});

test("npm puts every page of the commands that it installs where man finds them: it looks at the list alone", () => {
  const { man } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  assert.deepEqual(
    man,
    readdirSync(join(DIST, "man"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".1"))
      .map((name) => `dist/man/${name}`)
      .toSorted(),
  );
});
