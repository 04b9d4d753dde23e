/**
 * What programs that call apparmor_parser rely on, as a table. The same assertions hold for Debian's parser 5.0.2 and for ours;
 * `only` marks the few that say where we do better on purpose.
 *
 * Every case starts in a new directory with the files of `fixture`. In arguments and expectations `{dir}` is that directory.
 */

import type { ContractCase, Step } from "./case.ts";
import { grammarCases } from "./cases-grammar.ts";

/** The files every case starts with. */
export const fixture: Readonly<Record<string, string>> = {
  foo: "profile foo /usr/bin/foo {\n  /etc/passwd r,\n  profile kid { /tmp/x w, }\n  ^hat { /tmp/y w, }\n}\n",
  bar: "profile bar { /etc/bar r, }\nprofile aaa { /etc/bar r, }\n",
  bad: "profile bad {\n  /etc/x zz,\n}\n",
  nested:
    "profile z { /a r, profile k2 { /b r, profile k3 { /c r, } } profile k1 { /b r, } ^h { } }\n" +
    "profile a { /a r, }\nprofile :ns:b { /a r, ^q { } }\n",
  undefined: "profile u {\n @{NOPE} r,\n}\n",
  conflict: "profile c {\n /x px,\n /x cx,\n}\n",
  double: "profile d {\n}\nprofile d {\n}\n",
  "no-include": "profile d {\n include <not/here>\n}\n",
  "no-abi": "abi <abi/9>,\nprofile d {\n}\n",
  hash: "#include <inc/one>\nprofile h {\n}\n",
  empty: "",
  "conf-empty": "",
  comment: "# nothing but words\n",
  "base/foo": "profile foo { }\n",
  "base/bar": "profile bar { }\n",
  "base/fc": "profile fc { }\n",
  "base/.hidden": "broken",
  "base/README": "broken",
  "base/old.dpkg-old": "broken",
  "base/new.rpmnew": "broken",
  "base/back~": "broken",
  "base/disable/bar": "",
  "base/force-complain/fc": "",
  "base/sub/profile": "broken",
  "dir/foo": "profile foo { }\n",
  "dir/bad": "profile bad {\n  /etc/x zz,\n}\n",
  "inc/inc/one": "",
  "gb/b": "#include <tun>\nprofile b {\n  include <inc/one>\n  include if exists <nope>\n  /z r,\n}\n",
  "gb/tun": "@{A}=/a\n",
  "gb/inc/one": "/x r,\n",
  "parts/1": "/one r,\n",
  "parts/2": "/two r,\n",
  "fs/.load": "",
  "fs/.replace": "",
  "fs/.remove": "",
  "fs/profiles": "",
  features:
    "capability {0xffffff\n}\ncaps {mask {chown dac_override dac_read_search fowner fsetid kill\n}\n}\ndomain {stack {yes\n}\nversion {1.2\n}\n}\n" +
    "file {mask {create read write exec append mmap_exec link lock\n}\n}\n" +
    "policy {set_load {yes\n}\nversions {v5 {yes\n}\nv6 {yes\n}\nv7 {yes\n}\nv8 {yes\n}\n}\n}\n",
  "conf-good": "# words\n\n  features-file=features\nquiet\n",
  "conf-policy": "policy-features=/nonexistent\n",
  "conf-unknown": "bogus-option=1\nfeatures-file features\n",
};

const M = ["--config-file", "conf-empty", "-M", "features"];
const none = "";
const unknown = "interface file missing. (Kernel needs AppArmor 2.4 compatibility patch.)";
const disabled = `Cache read/write disabled: ${unknown}\n`;

const dumped = "profile d { audit /a r, }\n";
/** Of the file automaton, then of everything else. */
const dumps = {
  patterns: [
    "aare: d   ->   d\naare: /a   ->   /a\nrule: /a  ->  /a priority=0 (0x10004/10004)< 0x10004>\n\n",
    "rule: \\d2  ->  \\x2 priority=1001 (0x4/0)< 0x4>\n\n",
  ],
  states: [
    "{1} <== (allow/deny/prompt/audit/quiet)\n{3}(0x 10004/0//0/10004/0)\n\n{1} perms: none\n    / 0x2f -> {2}\n" +
      "{2} perms: none\n    a 0x61 -> {3} (0x 10004/0//0/10004/0)\n\n",
    "{1} <== (allow/deny/prompt/audit/quiet)\n{2}(0x 4/0//0/0/0)\n\n{1} perms: none\n    0x2 -> {2} (0x 4/0//0/0/0)\n\n",
  ],
  graph: [
    'digraph "dfa" {\n\t"{1}" [\n\t\tstyle=bold\n\t]\n\t"{2}" [\n\t]\n\t"{3}" [\n\t\tlabel="{3}\\n(0x 10004/0//0/10004/0)"\n\t]\n' +
      '\t"{1}" -> "{2}" [\n\t\tlabel="/ 0x2f"\n\t]\n\t"{2}" -> "{3}" [\n\t\tlabel="a 0x61"\n\t]\n}\n',
    'digraph "dfa" {\n\t"{1}" [\n\t\tstyle=bold\n\t]\n\t"{2}" [\n\t\tlabel="{2}\\n(0x 4/0//0/0/0)"\n\t]\n' +
      '\t"{1}" -> "{2}" [\n\t\tlabel="0x2"\n\t]\n}\n',
  ],
};
const variables = '@{B}=/b "c d" /a\n@{B}+=/a\n$F=true\n@{N}=@{B}/x\nprofile v { @{N} r, }\n';

const structures =
  "profile :n:o flags=(complain, audit) {\n audit capability kill,\n capability sys_admin syslog,\n deny capability chown,\n" +
  " owner /f rwlk,\n /f r,\n /p px,\n signal (send) set=hup peer=x,\n deny unix type=stream peer=(label=y),\n" +
  " mount options=ro /a -> /b,\n}\n";

/** A case of one step. */
function one(name: string, argv: readonly string[], rest: Omit<Step, "argv">): ContractCase {
  return { name, steps: [{ argv, ...rest }] };
}

const names: readonly ContractCase[] = [
  one("names are printed sorted, children behind their parents", ["-N", "-j1", "--max-jobs=1", ...M, "foo", "bar"], {
    status: 0,
    out: "foo\nfoo//hat\nfoo//kid\naaa\nbar\n",
    err: none,
  }),
  one("nested children and namespaces have their whole names", ["--names", ...M, "nested"], {
    status: 0,
    out: "a\nz\nz//h\nz//k1\nz//k2\nz//k2//k3\n:ns://b\n:ns://b//q\n",
    err: none,
  }),
  one("names of standard input", ["-N", ...M], {
    stdin: fixture["bar"] ?? "",
    status: 0,
    out: "aaa\nbar\n",
    err: none,
  }),
  one("names of a directory leave out what is no profile", ["-NK", ...M, "-b", "base", "base"], {
    status: 0,
    out: /^(?:fc\nfoo|foo\nfc)\n$/,
    err: /Ignoring: 'new\.rpmnew'/,
  }),
  one("quiet names nothing that is disabled", ["-NKq", ...M, "-b", "base", "base/bar"], {
    status: 0,
    out: none,
    err: none,
  }),
  one("a disabled file is skipped with success", ["-QK", ...M, "-b", "base", "base/bar"], {
    status: 0,
    out: none,
    err: "Skipping profile in base/disable: bar\n",
  }),
  one("only the base name says that a file is disabled", ["-QK", ...M, "-b", "base", "bar"], {
    status: 0,
    err: "Skipping profile in base/disable: bar\n",
  }),
  one("removing ignores disable", ["-RQ", ...M, "-b", "base", "bar"], { status: 0, err: none }),
  one("a file in force-complain says so", ["-QK", ...M, "-b", "base", "base/fc"], {
    status: 0,
    err: "Warning: found fc in base/force-complain, forcing complain mode\n",
  }),
  one("a file in force-complain says so even when quiet", ["-QKq", ...M, "-b", "base", "base/fc"], {
    status: 0,
    err: "Warning: found fc in base/force-complain, forcing complain mode\n",
  }),
  one("a file that is named is read whatever its suffix", ["-QK", ...M, "base/new.rpmnew"], {
    status: 1,
    err: /parser error/,
  }),
];

const texts: readonly ContractCase[] = [
  one("an empty input is fine", ["-Q", ...M], { stdin: "", status: 0, out: none, err: none }),
  one("an empty file is fine", ["-QK", ...M, "empty"], { status: 0, out: none, err: none }),
  one("a file of comments is fine", ["-QK", ...M, "comment"], { status: 0, out: none, err: none }),
  one("a syntax error names the file twice and the line", ["-QK", ...M, "bad"], {
    status: 1,
    out: none,
    err: /^AppArmor parser error for bad in profile bad at line 2: ./,
  }),
  one("a syntax error of standard input names the line alone", ["-QK", ...M], {
    stdin: fixture["bad"] ?? "",
    status: 1,
    err: /^AppArmor parser error at line 2: ./,
  }),
  one("a syntax error in a directory names the directory and the file", ["-QK", ...M, "dir"], {
    status: 1,
    err: /^AppArmor parser error for dir in profile dir\/bad at line 2: ./,
  }),
  one("an include that is missing is an error of its line", ["-QK", ...M, "no-include"], {
    status: 1,
    err: /^AppArmor parser error for no-include in profile no-include at line 2: .*not\/here/,
  }),
  one("a feature file that is missing is an error of its line", ["-QK", ...M, "no-abi"], {
    status: 1,
    err: /^AppArmor parser error for no-abi in profile no-abi at line 1: .*abi\/9/,
  }),
  one("a variable that is not set is an error", ["-QK", ...M, "undefined"], { status: 1, err: /NOPE/ }),
  one("two exec modes for one path are an error", ["-QK", ...M, "conflict"], { status: 1, err: /\/x/ }),
  one("a profile defined twice is an error", ["-QK", ...M, "double"], { status: 1, err: /d/ }),
  one("a bare name is none", ["-QK", ...M], { stdin: "full {}\n", status: 1, err: /parser error/ }),
  one("a bare path and a child name with odd characters parse", ["-QR", ...M], {
    stdin: "/usr/bin/su//user@dom {}\n",
    status: 0,
    err: none,
  }),
  one("a file that is missing is told and skipped", ["-QK", ...M, "nowhere"], {
    status: 2,
    out: none,
    err: "File nowhere not found, skipping...\n",
  }),
  one("a file below a file is missing with its own status", ["-QK", ...M, "foo/x"], {
    status: 20,
    err: "File foo/x not found, skipping...\n",
  }),
  one("a single dash is a file name", ["-QN", ...M, "-", "bar"], {
    status: 2,
    out: "aaa\nbar\n",
    err: "File - not found, skipping...\n",
  }),
  one("one bad file leaves the others alone", ["-N", "-j1", "--max-jobs=1", ...M, "bad", "foo", "bar"], {
    status: 1,
    out: "foo\nfoo//hat\nfoo//kid\naaa\nbar\n",
    err: /parser error for bad/,
  }),
  one("what is said on success never holds the words parser error", ["-QK", "--warn=all", ...M, "-I", "inc", "hash"], {
    status: 0,
    err: /^(?!.*parser error)/s,
  }),
];

const options: readonly ContractCase[] = [
  one(
    "bundles, values glued and apart, options behind operands",
    ["foo", "-QKN", ...M, "-j1", "-j", "2", "-jauto", "-jx2"],
    {
      status: 0,
      out: "foo\nfoo//hat\nfoo//kid\n",
      err: none,
    },
  ),
  one("long options may be abbreviated", ["--names", "--skip-k", ...M, "bar"], {
    status: 0,
    out: "aaa\nbar\n",
    err: none,
  }),
  one("after two dashes come operands", ["-QN", ...M, "--", "bar"], { status: 0, out: "aaa\nbar\n", err: none }),
  one("an abbreviation of several options is told twice", ["--skip", "foo"], {
    status: 1,
    err: "apparmor_parser: option '--skip' is ambiguous; possibilities: '--skip-kernel-load' '--skip-cache' '--skip-read-cache' '--skip-bad-cache' '--skip-bad-cache-rebuild'\n".repeat(
      2,
    ),
  }),
  one("an unknown option is told twice", ["--bogus", "foo"], {
    status: 1,
    err: "apparmor_parser: unrecognized option '--bogus'\n".repeat(2),
  }),
  one("an unknown letter is told twice", ["-y", "foo"], {
    status: 1,
    err: "apparmor_parser: invalid option -- 'y'\n".repeat(2),
  }),
  one("a missing value is told twice", ["-b"], {
    status: 1,
    err: "apparmor_parser: option requires an argument -- 'b'\n".repeat(2),
  }),
  one("two actions are too many", ["-r", "-R", "foo"], {
    status: 1,
    err: "apparmor_parser: Too many actions given on the command line.\n",
  }),
  one("the same action twice is too many", ["-N", "-N", "foo"], {
    status: 1,
    err: "apparmor_parser: Too many actions given on the command line.\n",
  }),
  one("reload is replace", ["--reload", "-QKv", ...M, "bar"], {
    status: 0,
    out: 'Replacement succeeded for "aaa".\nReplacement succeeded for "bar".\n',
    err: none,
  }),
  one("jobs that are no number", ["--jobs=xyz", "foo"], { status: 1, err: "apparmor_parser: Invalid option -j=xyz\n" }),
  one("more jobs than a number", ["-QKj", "1x", "foo"], { status: 1, err: "apparmor_parser: Invalid option -j=1x\n" }),
  one("the most jobs that is no number", ["--max-jobs=xx", "foo"], {
    status: 1,
    err: "apparmor_parser: Invalid option max-jobs=xx\n",
  }),
  one("a warning that does not exist", ["--warn=bogus"], {
    status: 1,
    err: "apparmor_parser: Invalid --warn option bogus\n",
  }),
  one("an error that does not exist", ["--Werror=bogus"], {
    status: 1,
    err: "apparmor_parser: Invalid --Werror option bogus\n",
  }),
  one("a dump that does not exist", ["-D", "bogus"], {
    status: 1,
    err: "apparmor_parser: Invalid --Dump option bogus\n",
  }),
  one("an optimisation that does not exist", ["-O", "bogus"], {
    status: 1,
    err: "apparmor_parser: Invalid --Optimize option bogus\n",
  }),
  one("a help topic that does not exist", ["--help=bogus"], {
    status: 1,
    err: "apparmor_parser: Invalid --help option bogus\n",
  }),
  one("a debug word that does not exist", ["-dxx", "foo"], {
    status: 1,
    err: "apparmor_parser: Invalid --debug option 'xx'\n",
  }),
  one("a prompt mode that does not exist", ["--prompt-compat=bogus"], {
    status: 1,
    err: "apparmor_parser: Invalid --prompt-compat option 'bogus'\n",
  }),
  one("a compression level that does not exist", ["-cxx"], {
    status: 1,
    err: "Invalid compression level 'xx'. Use none, default, fast, small, or 0-22\n",
  }),
  one("compression is accepted", ["-c9", "-QK", ...M, "bar"], { status: 0, out: none, err: none }),
  one("the flags that are on are shown in order", ["-O", "no-expr-simplify", "-O", "show", "-QK", ...M, "bar"], {
    status: 0,
    out: /^(?:Optimize=0, expr-normalize, expr-right-simplify, minimize, filter-deny, compress-fast, diff-encode, rule-merge\n)+$/,
    err: none,
  }),
  ...(
    [
      [["-D", "show"], "dump="],
      [["-D", "variables", "-D", "show"], "dump="],
      [["-D", "equiv", "-D", "rule-exprs", "-D", "show"], "dump=rule-exprs, equiv\n"],
      [["-D", "stats", "-D", "show"], "dump=expr-stats, stats, dfa-stats, compress-stats, equiv-stats, diff-stats\n"],
      [["-D", "stats", "-D", "no-progress", "-D", "show"], "dump=expr-stats, equiv-stats\n"],
      [
        ["-D", "progress", "-D", "no-dfa-stats", "-D", "show"],
        "dump=compress-progress, compress-stats, diff-stats, diff-progress\n",
      ],
      [
        ["-O", "0", "-O", "equiv", "-O", "expr-left-simplify", "-O", "show"],
        "Optimize=0, equiv, expr-left-simplify, filter-deny, compress-fast, rule-merge\n",
      ],
      [
        ["-O", "state32", "-O", "flags-table", "-O", "remove-unreachable", "-O", "compress-small", "-O", "show"],
        "Optimize=expr-normalize, expr-simplify, expr-right-simplify, minimize, filter-deny, remove-unreachable, " +
          "compress-small, diff-encode, rule-merge, state32, flags-table\n",
      ],
    ] as const
  ).map(([argv, out]) =>
    one(`the flags of ${argv.join(" ")}`, ["-NKj0", ...M, ...argv, "comment"], { status: 0, out, err: none }),
  ),
  one("packing flags that exclude each other", ["-O", "compress-small", "-O", "compress-default"], {
    status: 1,
    err: "apparmor_parser: Conflicting --Optimize options: compress-default, compress-small\n",
  }),
  ...(
    [
      [["-Q"], '@N = "@{B}/x"\n$F = true\n@B = "/a" "/b" "c d"\n'],
      [["-S"], '@N = "@{B}/x"\n$F = true\n@B = "/a" "/b" "c d"\n'],
      [["-Q", "-d", "-D", "expanded-variables"], '@N = "@{B}/x"\n$F = true\n@B = "/a" "/b" "c d"\n'],
      [["-N"], "v\n"],
    ] as const
  ).map(([argv, out]) =>
    one(`variables as written, with ${argv.join(" ")}`, ["-KD", "variables", ...M, ...argv], {
      stdin: variables,
      status: 0,
      out,
      err: none,
    }),
  ),
  one("variables expanded", ["-QKD", "expanded-variables", ...M], {
    stdin: variables,
    status: 0,
    out: '@N = "/a/x" "/b/x" "c d/x"\n$F = true\n@B = "/a" "/b" "c d"\n',
    err: none,
  }),
  ...(
    [
      ["rule-exprs", dumps.patterns],
      ["dfa-states", dumps.states],
      ["dfa-graph", dumps.graph],
    ] as const
  ).map(([flag, about]) =>
    one(`what becomes of rules is told with ${flag}`, ["-QSKD", flag, ...M], {
      stdin: dumped,
      status: 0,
      out: /version/,
      err: about.join(""),
    }),
  ),
  one(
    "all that becomes of rules is told in order",
    ["-QKD", "dfa-graph", "-D", "dfa-states", "-D", "rule-exprs", ...M],
    {
      stdin: dumped,
      status: 0,
      out: none,
      err: [0, 1]
        .map((index) => [dumps.patterns, dumps.states, dumps.graph].map((about) => about[index]).join(""))
        .join(""),
    },
  ),
  ...(["-N", "-p"] as const).map((word) =>
    one(`nothing becomes of rules with ${word}`, ["-QKD", "rule-exprs", word, ...M], {
      stdin: dumped,
      status: 0,
      out: /^(?:profile )?d/,
      err: none,
    }),
  ),
  one("what is removed is compiled where that is to be told", ["-RQKD", "dfa-states", ...M], {
    stdin: dumped,
    status: 0,
    out: none,
    err: dumps.states.join(""),
  }),
  one("nothing is told of rules that cannot be merged", ["-QKD", "rule-exprs", ...M, "conflict"], {
    status: 1,
    out: none,
    err: /^(?!aare|rule)/,
  }),
  one("what was parsed is printed instead of compiled", ["-QKd", "-r", ...M], {
    stdin: structures,
    status: 0,
    out:
      "----- Debugging built structures -----\n" +
      "Ns:\t\tn\nName:\t\to\nAttachment:\t<NULL>\nLocal To:\t<NULL>\nCapabilities: kill syslog sys_admin\nAudit Caps: kill\n" +
      "Deny Caps: chown\nQuiet Caps: chown\n--- Entries ---\n" +
      "Perms:\trwalk:r priority=0 \tName:\t(/f)\n\tlink: subset=0\t(/**)\nPerms:\t unsafex:x priority=0 \tName:\t(/p)\n" +
      'signal (send ) set=(hup) x,\naudit deny unix type=stream peer=( label="y"),\nmount flags=(0x1) flags in (0x0) /a -> /b (0x2/0x0),\n\n',
    err: "Mode: complain, Audit\n",
  }),
  one("what conflicts is not printed as parsed", ["-QKd", ...M, "conflict"], { status: 1, out: none }),
  one("variables are not printed of a text with an error", ["-QKD", "variables", ...M, "bad"], {
    status: 1,
    out: none,
    err: /parser error/,
  }),
  one("the version is three lines on standard output and nothing else", ["--version"], {
    status: 0,
    out: /^AppArmor parser version \d+\.\d+\.\d+\n[^\n]+\n[^\n]+\n$/,
    err: /^(?:Warning from stdin \(line 1\): config file '.*' not found\n)?$/,
  }),
  one("what stands behind the version is not looked at", ["-V", "--features-file", "/nonexistent"], {
    status: 0,
    out: /^AppArmor parser version /,
  }),
  one("help is on standard output", ["--config-file", "conf-empty", "--help"], {
    status: 0,
    out: /^AppArmor parser version .*-r, --replace/s,
    err: none,
  }),
  one("help about warnings needs its topic attached", ["--config-file", "conf-empty", "-hwarn"], {
    status: 0,
    out: /rule-not-enforced/,
    err: none,
  }),
];

const features: readonly ContractCase[] = [
  one("features that cannot be read", ["-M", "/nonexistent", "foo"], {
    status: 1,
    err: /Failed to load features from '\/nonexistent': No such file or directory\n$/,
  }),
  one("kernel features that cannot be read", ["--kernel-features=/nonexistent", "foo"], {
    status: 1,
    err: /Failed to load kernel features from '\/nonexistent': No such file or directory\n$/,
  }),
  one("policy features that cannot be read", ["--policy-features=/nonexistent", "foo"], {
    status: 1,
    err: /Failed to load policy-features from '\/nonexistent': No such file or directory\n$/,
  }),
  one(
    "policy features of the configuration that cannot be read fail every call",
    ["--config-file", "conf-policy", "--version"],
    {
      status: 1,
      out: none,
      err: "Failed to load policy-features from '/nonexistent': No such file or directory\n",
    },
  ),
  one(
    "a configuration that is missing is a warning",
    ["--config-file", "/nonexistent", "-QK", "-M", "features", "bar"],
    {
      status: 0,
      err: "Warning from stdin (line 1): config file '/nonexistent' not found\n",
    },
  ),
  one("that warning may be made an error", ["--Werror=config", "--config-file", "/nonexistent", "-QK", "bar"], {
    status: 1,
    err: "Warning converted to Error from stdin (line 1): config file '/nonexistent' not found\n",
  }),
  one(
    "an unknown option of the configuration is told and passed over",
    ["--config-file", "conf-unknown", "-QK", "bar"],
    {
      status: 0,
      err: "apparmor_parser: unknown option (bogus-option) in config file.\n",
    },
  ),
  one("the configuration counts", ["--config-file", "conf-good", "-QK", "--warn=pound-include", "-I", "inc", "hash"], {
    status: 0,
    err: /^(?:Warning from hash .*\n)?$/,
  }),
  one("without a kernel a compile says so and goes on", ["--config-file", "conf-empty", "-QK", "bar"], {
    status: 0,
    err: disabled,
  }),
  one("without reading a cache nothing is said", ["--config-file", "conf-empty", "-QT", "bar"], {
    status: 0,
    err: none,
  }),
  one("without a kernel nothing can be loaded", ["--config-file", "conf-empty", "-r", "bar"], {
    status: 1,
    err: `${disabled}Warning: unable to find a suitable fs in /proc/mounts, is it mounted?\nUse --subdomainfs to override.\n`,
  }),
  one("a base that is no directory is passed over", ["-QK", "-b", "/nonexistent", ...M, "bar"], {
    status: 0,
    err: "Error: basedir /nonexistent is not a directory, skipping.\n",
  }),
  one("a warning class is off until it is asked for", ["-QK", ...M, "-I", "inc", "hash"], { status: 0, err: none }),
  one("a warning that was asked for names file and line", ["-QK", "--warn=pound-include", ...M, "-I", "inc", "hash"], {
    status: 0,
    err: /^Warning from hash \(hash line 1\): .*#include/,
  }),
  one("a warning is made an error only when it is on", ["-QK", "--Werror=pound-include", ...M, "-I", "inc", "hash"], {
    status: 0,
    err: none,
  }),
  one("a warning made an error", ["-QK", "--warn=pound-include", "--Werror", ...M, "-I", "inc", "hash"], {
    status: 1,
    err: /^Warning converted to Error from hash \(hash line 1\): .*#include/,
  }),
  one("quiet takes all warnings away", ["-qQK", "--warn=pound-include", ...M, "-I", "inc", "hash"], {
    status: 0,
    err: none,
  }),
  one("names are printed without warnings", ["-N", "--warn=pound-include", ...M, "-I", "inc", "hash"], {
    status: 0,
    out: "h\n",
    err: none,
  }),
];

const output: readonly ContractCase[] = [
  one("the compiled policy goes to standard output", ["-S", "-K", ...M, "bar"], {
    status: 0,
    out: /^...version/s,
  }),
  {
    name: "an output file is written and nothing is loaded, with the option behind the operand",
    steps: [{ argv: [...M, "bar", "-o", "blob", "-K"], status: 0, out: none, err: none, after: "test -s blob" }],
  },
  one("an output file that cannot be opened", ["-o", "/nonexistent/x", "-K", "bar"], {
    status: 1,
    err: "apparmor_parser: Could not open file /nonexistent/x\n",
  }),
  {
    name: "the output file is emptied even when compiling fails",
    steps: [{ argv: [...M, "-K", "-o", "blob", "bad"], before: "echo old > blob", status: 1, after: "test ! -s blob" }],
  },
  one("preprocessing announces includes and keeps the rest", ["-pK", ...M, "-I", "gb", "gb/b"], {
    status: 0,
    out:
      " \n\n##included <tun>\n@{A}=/a\n\n\nprofile b {\n   \n\n##included <inc/one>\n/x r,\n\n" +
      "   \n\n##failed include <nope>\n\n  /z r,\n}\n",
    err: none,
  }),
  one("preprocessing takes a directory from its last name to its first", ["-pK", ...M, "-I", "."], {
    stdin: "profile p { include <gb/inc>\n include <gb/inc/one> include <parts>\n}",
    status: 0,
    out:
      "profile p {  \n\n##included <gb/inc>\n/x r,\n\n  \n\n##skipped duplicate include <gb/inc/one>\n" +
      "  \n\n##included <parts>\n/two r,\n/one r,\n\n}",
    err: none,
  }),
  one("preprocessing prints what it has read of a broken text", ["-pK", "-j1", "--max-jobs=1", ...M, "foo", "bad"], {
    status: 1,
    out: `${fixture["foo"]}profile bad {\n  /etc/x zz`,
    err: /parser error/,
  }),
  one("preprocessing a broken text fails", ["-p", ...M], {
    stdin: "profile snap-test {\n  bogus rule here,\n}\n",
    status: 1,
    err: /parser error/,
  }),
  ...[
    "change_profile unsafe /**,",
    '#include if exists "/foo"',
    "network qipcrtr dgram,",
    "mqueue type=posix,",
    "allow all,",
    "allow io_uring,",
    "capability bpf,",
    "capability audit_read,",
    "network xdp,",
    "userns,",
    "prompt /foo r,",
  ].map((rule) =>
    one(`the feature probe \`${rule}\` succeeds`, ["--preprocess", ...M], {
      stdin: `profile snap-test {\n ${rule}\n}\n`,
      status: 0,
      err: none,
    }),
  ),
  one("the feature probe for the unconfined flag succeeds", ["--preprocess", ...M], {
    stdin: "profile snap-test flags=(unconfined) {\n}\n",
    status: 0,
    err: none,
  }),
  one("the feature probe for tags fails", ["--preprocess", ...M], {
    stdin: "profile snap-test {\n /bar r tags=(foo),\n}\n",
    status: 1,
    err: /parser error/,
  }),
];

const loading: readonly ContractCase[] = [
  {
    name: "adding writes each profile with its children to .load",
    steps: [
      {
        argv: ["-a", "-v", "-K", "-f", "{dir}/fs", ...M, "foo"],
        status: 0,
        out: 'Addition succeeded for "hat".\nAddition succeeded for "kid".\nAddition succeeded for "foo".\n',
        err: none,
        after: "test -s fs/.load && test ! -s fs/.replace",
      },
    ],
  },
  {
    name: "replacing writes to .replace, from standard input too",
    steps: [
      {
        argv: ["-Kr", "-f", "{dir}/fs", ...M],
        stdin: "profile foo { }\n",
        status: 0,
        out: none,
        err: none,
        after: "test -s fs/.replace && test ! -s fs/.load",
      },
    ],
  },
  one("the default action is to add", ["-Kv", "-f", "{dir}/fs", ...M, "bar"], {
    status: 0,
    out: 'Addition succeeded for "aaa".\nAddition succeeded for "bar".\n',
  }),
  one("a verbose removal names the profiles alone", ["-R", "-Q", "-v", ...M, "foo"], {
    status: 0,
    out: 'Removal succeeded for "foo".\n',
    err: none,
  }),
  {
    name: "a blob is loaded unread",
    steps: [
      {
        argv: ["-B", "-r", "-T", "-v", "-f", "{dir}/fs", "bad"],
        status: 0,
        out: 'Cached reload succeeded for "bad".\n',
        after: "cmp bad fs/.replace",
      },
    ],
  },
  {
    name: "a dry run of a blob looks at nothing",
    steps: [{ argv: ["-B", "-QT", "bad"], status: 0, out: none, after: "test ! -s fs/.load" }],
  },
  {
    name: "a load that fails leaves the others loaded",
    steps: [
      {
        argv: ["-rKv", "-f", "{dir}/fs", ...M, "bad", "bar"],
        status: 1,
        out: /for "bar"/,
        err: /parser error for bad/,
      },
    ],
  },
];

const W = (location: string): string[] => ["-Q", "-W", "-k", "-L", location, ...M];

const cache: readonly ContractCase[] = [
  {
    name: "the value of -L is the next word of a bundle, and the entry has the name of the file",
    cache: true,
    steps: [
      {
        argv: ["-QWL", "cache", ...M, "foo"],
        status: 0,
        out: none,
        err: none,
        after: "test -s cache/*.0/foo && test -s cache/*.0/.features",
      },
    ],
  },
  {
    name: "what was written is hit the next time",
    cache: true,
    steps: [
      {
        argv: [...W("{dir}/cache"), "{dir}/foo"],
        status: 0,
        err: /^Cache: added primary location '{dir}\/cache'\nCache miss: {dir}\/foo\nWrote cache: {dir}\/cache\/[0-9a-f]{8}\.0\/foo\n$/,
      },
      {
        argv: [...W("{dir}/cache"), "-v", "{dir}/foo"],
        status: 0,
        out: /^Cached load succeeded for "{dir}\/cache\/[0-9a-f]{8}\.0\/foo"\.\n$/,
        err: /\nCache hit: {dir}\/cache\/[0-9a-f]{8}\.0\/foo\n$/,
      },
    ],
  },
  {
    name: "a file that changed is compiled again",
    cache: true,
    steps: [
      { argv: [...W("cache"), "foo"], status: 0 },
      {
        argv: [...W("cache"), "foo"],
        before: "sleep 0.02; echo '# more' >> foo",
        status: 0,
        err: /Cache miss: foo\nWrote cache: /,
      },
    ],
  },
  {
    name: "a damaged entry is not used",
    cache: true,
    steps: [
      { argv: [...W("cache"), "foo"], status: 0 },
      {
        argv: [...W("cache"), "foo"],
        before: "for f in cache/*.0/foo; do printf garbage > $f; done",
        status: 0,
        err: /Cache miss: foo\nWrote cache: /,
      },
    ],
  },
  {
    name: "the entry is for root alone and as old as its newest source",
    cache: true,
    steps: [
      {
        argv: ["-QWL", "cache", ...M, "foo"],
        before: "touch -d '2020-01-02 03:04:05' foo",
        status: 0,
        after:
          'test "$(stat -c "%a %Y" cache/*.0/foo)" = "600 $(stat -c %Y foo)" && test "$(stat -c %a cache/*.0)" = 700',
      },
    ],
  },
  {
    name: "skipping the cache writes nothing",
    cache: true,
    steps: [{ argv: ["-QK", "-L", "cache", ...M, "foo"], status: 0, err: none, after: "test ! -e cache" }],
  },
  {
    name: "without -W nothing is written",
    cache: true,
    steps: [{ argv: ["-Q", "-L", "cache", ...M, "foo"], status: 0, err: none, after: "test ! -e cache" }],
  },
  {
    name: "names, preprocessing and removing leave the cache alone",
    cache: true,
    steps: [
      { argv: ["-N", "-W", "-L", "cache", ...M, "foo"], status: 0, after: "test ! -e cache" },
      { argv: ["-p", "-W", "-L", "cache", ...M, "foo"], status: 0, after: "test ! -e cache" },
      { argv: ["-R", "-Q", "-W", "-L", "cache", ...M, "foo"], status: 0, after: "test ! -e cache" },
    ],
  },
  {
    name: "forced complain mode is not cached and says so",
    cache: true,
    steps: [
      {
        argv: ["-QWC", "-L", "cache", ...M, "foo"],
        status: 0,
        err: /^Warning from foo \(foo line \d+\): Caching disabled for: 'foo' due to force complain\n$/,
      },
    ],
  },
  {
    name: "standard input is not cached and says so",
    cache: true,
    steps: [
      {
        argv: ["-QW", "-L", "cache", ...M],
        stdin: "profile x { }\n",
        status: 0,
        err: "Warning from stdin (line 1): apparmor_parser: cannot use or update cache, disable, or force-complain via stdin\n",
        after: "test ! -e cache/*/stdin",
      },
    ],
  },
  {
    name: "a directory of other features is left alone",
    cache: true,
    steps: [
      { argv: [...W("{dir}/cache"), "foo"], status: 0 },
      {
        argv: [...W("{dir}/cache"), "foo"],
        before: "for f in cache/*.0/.features; do echo foreign > $f; done",
        status: 0,
        err: /Wrote cache: .*cache\/[0-9a-f]{8}\.1\/foo\n$/,
      },
    ],
  },
  {
    name: "a directory whose features are gone is made anew",
    cache: true,
    steps: [
      { argv: [...W("cache"), "foo"], status: 0 },
      {
        argv: [...W("cache"), "bar"],
        before: "rm cache/*.0/.features",
        status: 0,
        after: "test ! -e cache/*.0/foo && test -s cache/*.0/bar",
      },
    ],
  },
  {
    name: "further locations are read and not written",
    cache: true,
    steps: [
      { argv: [...W("first"), "foo"], status: 0 },
      {
        argv: [...W("second,first"), "foo"],
        status: 0,
        err: /Cache hit: .*first\/[0-9a-f]{8}\.0\/foo\n$/,
        after: "test ! -e second/*.0/foo",
      },
    ],
  },
  {
    name: "purging empties the location and keeps it",
    cache: true,
    steps: [
      { argv: [...W("cache"), "foo"], status: 0 },
      {
        argv: ["-Q", "-L", "cache", "--purge-cache", ...M],
        status: 0,
        out: none,
        err: none,
        after: 'test -d cache && test -z "$(ls -A cache)"',
      },
    ],
  },
  {
    name: "the directories are printed and not made",
    cache: true,
    steps: [
      {
        argv: ["-L", "one,two", "--print-cache-dir", ...M],
        status: 0,
        out: /^one\/([0-9a-f]{8})\.0\ntwo\/\1\.0\n$/,
        err: none,
        after: "test ! -e one",
      },
    ],
  },
  {
    name: "a location that is a file is an error",
    cache: true,
    steps: [
      { argv: ["-QWL", "foo", ...M, "bar"], status: 1, err: "Failed setting up policy cache (foo): Not a directory\n" },
    ],
  },
  {
    name: "a location below nothing is passed over",
    cache: true,
    steps: [{ argv: ["-QWL", "no/where", ...M, "bar"], status: 0, out: none, err: none }],
  },
  {
    name: "more than four locations are too many",
    cache: true,
    steps: [
      {
        argv: ["-L", "a,b,c,d,e", "--print-cache-dir"],
        status: 1,
        err: /Invalid --cacheloc option 'a,b,c,d,e' Argument list too long\n$/,
      },
    ],
  },
];

/** Where we do better on purpose (tools 3.5, 3.11; clients 5). */
const better: readonly ContractCase[] = [
  {
    name: "a namespace neither reads nor writes the cache of the root namespace",
    only: "ours",
    steps: [
      { argv: [...W("cache"), "foo"], status: 0 },
      { argv: [...W("cache"), "-n", "ns", "foo"], status: 0, err: /^Cache: added[^\n]*\nCache miss: foo\n$/ },
      { argv: ["-Q", "-W", "-n", "ns", "-L", "other", ...M, "foo"], status: 0, after: "test ! -e other/*/foo" },
    ],
  },
  {
    name: "a cache entry from the future does not hide a change",
    only: "ours",
    steps: [
      { argv: [...W("cache"), "foo"], status: 0 },
      {
        argv: [...W("cache"), "foo"],
        before: "touch -d '2099-01-01' cache/*.0/foo; printf 'profile foo { /new r, }\\n' > foo",
        status: 0,
        err: /Cache miss: foo\n/,
      },
    ],
  },
  {
    name: "a touched file that says the same is not compiled again",
    only: "ours",
    steps: [
      { argv: [...W("cache"), "foo"], status: 0 },
      { argv: [...W("cache"), "foo"], before: "touch -d '2090-01-01' foo", status: 0, err: /Cache hit: / },
    ],
  },
  {
    name: "an entry made with other options is not used",
    only: "ours",
    steps: [
      { argv: [...W("cache"), "foo"], status: 0 },
      { argv: [...W("cache"), "-X", "foo"], status: 0, err: /Cache miss: foo\n/ },
    ],
  },
  {
    name: "two files of the same name do not take each other's entry",
    only: "ours",
    steps: [
      { argv: [...W("cache"), "foo"], status: 0 },
      { argv: [...W("cache"), "dir/foo"], status: 0, err: /Cache miss: dir\/foo\n/ },
    ],
  },
  {
    name: "a blob cut short in the cache is not used",
    only: "ours",
    steps: [
      { argv: [...W("cache"), "foo"], status: 0 },
      {
        argv: [...W("cache"), "foo"],
        before: "for f in cache/*.0/foo; do truncate -s 100 $f; touch -d '2090-01-01' $f; done",
        status: 0,
        err: /Cache miss: foo\nWrote cache: /,
      },
    ],
  },
  {
    name: "a comma behind a backslash is part of a location's name, as the manual says",
    only: "ours",
    steps: [
      {
        argv: ["-L", "a\\,b,c", "--print-cache-dir", ...M],
        status: 0,
        out: /^a,b\/[0-9a-f]{8}\.0\nc\/[0-9a-f]{8}\.0\n$/,
      },
    ],
  },
  {
    name: "all errors of a file are told at once",
    only: "ours",
    steps: [
      {
        argv: ["-QK", ...M],
        stdin: "profile x {\n  /a zz,\n  /b r,\n  bogus,\n}\n",
        status: 1,
        err: /at line 2: .*\n.*at line 4: /,
      },
    ],
  },
];

export const contractCases: readonly ContractCase[] = [
  ...names,
  ...texts,
  ...options,
  ...features,
  ...output,
  ...loading,
  ...cache,
  ...grammarCases,
  ...better,
];
