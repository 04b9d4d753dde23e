/** Cases that random command lines brought up: corners of the options, and the lines of errors that scripts look for. */
import type { ContractCase, Step } from "./case.ts";

const M = ["--config-file", "conf-empty", "-M", "features"];
const none = "";

function one(name: string, argv: readonly string[], rest: Omit<Step, "argv">): ContractCase {
  return { name, steps: [{ argv, ...rest }] };
}

const texts: readonly ContractCase[] = [
  one("a variable that is not set has its two lines", ["-QK", ...M, "undefined"], {
    status: 1,
    out: none,
    err: /^Failed to find declaration for: @\{NOPE\}\nERROR expanding variables for profile u, failed to load\n/,
  }),
  one("two exec modes for one path have their two lines", ["-QK", ...M, "conflict"], {
    status: 1,
    err: /^profile c: has merged rule \/x with conflicting x modifiers\nERROR merging rules for profile c, failed to load\n/,
  }),
  one("two exec modes of patterns have their two lines", ["-QK", ...M], {
    stdin: "profile g {\n /x* px,\n /x? cx,\n}\n",
    status: 1,
    err: /^profile has merged rule with conflicting x modifiers\nERROR processing regexs for profile g, failed to load\n/,
  }),
  one("a path that is no pattern has its lines", ["-QK", ...M], {
    stdin: "profile g {\n /x{a r,\n}\n",
    status: 1,
    err: /^apparmor_parser: Regex grouping error: .*\napparmor_parser: Unable to parse input line '\/x\{a'\nERROR processing regexs for profile g, failed to load\n/,
  }),
  one("a profile defined twice has its line", ["-QK", ...M, "double"], {
    status: 1,
    err: /^Multiple definitions for profile d exist,bailing out\.\n/,
  }),
  one("a hat defined twice has its line", ["-QK", ...M], {
    stdin: "profile x {\n ^h { }\n ^h { }\n}\n",
    status: 1,
    err: /^Multiple definitions for hat h in profile \(null\) exist,bailing out\.\n/,
  }),
  one("only the stage that failed first speaks", ["-QK", ...M], {
    stdin: "profile x { @{NO} r, /a px, /a cx, }\nprofile x { }\n",
    status: 1,
    err: /^Multiple definitions for profile x exist,bailing out\.\n(?!.*failed to load)/s,
  }),
  one("an include that cannot be opened", ["-QK", ...M, "no-include"], {
    status: 1,
    err: "AppArmor parser error for no-include in profile no-include at line 2: Could not open 'not/here'\n",
  }),
  one("a feature file that cannot be opened", ["-QK", ...M, "no-abi"], {
    status: 1,
    err: "AppArmor parser error for no-abi in profile no-abi at line 1: Could not open 'abi/9': No such file or directory\n",
  }),
  one("a variable set twice", ["-QK", ...M], {
    stdin: "@{A}=/a\n@{A}=/b\n",
    status: 1,
    err: /^'@\{A\}' is already defined\nAppArmor parser error at line \d: variable @\{A\} was previously declared\n$/,
  }),
  one("what is added to nothing", ["-QK", ...M], {
    stdin: "@{A}+=/a\n",
    status: 1,
    err: /^Failed to find declaration for: A\nAppArmor parser error at line \d: variable @\{A\} was not previously declared, but is being assigned additional values\n$/,
  }),
  one("a value that is lost is told and the rest compiled", ["-QKq", ...M], {
    stdin: "@{B}=@{C} /a\nprofile x { @{B} r, }\n",
    status: 0,
    err: "Failed to find declaration for: @{C}\n",
  }),
  one("a syntax error says that it is one", ["-QK", ...M, "bad"], { status: 1, err: /at line 2: syntax error, / }),
  one("names are printed as written, whatever their variables hold", ["-N", ...M], {
    stdin: '@{A}=/a /b\nprofile "n@{A}" { @{NOPE} r, }\n/x@{NO} { ^h { } }\n',
    status: 0,
    out: "/x@{NO}\n/x@{NO}//h\nn@{A}\n",
    err: none,
  }),
  one("a variable set twice is an error of names and of preprocessing too", ["-N", ...M], {
    stdin: "@{A}=/a\n@{A}=/b\n",
    status: 1,
    out: none,
    err: /previously declared/,
  }),
  one("a namespace given to the command replaces the written one and says so", ["-QK", "-n", "a/b", ...M], {
    stdin: "profile :x:y { }\n",
    status: 0,
    err: "Warning from stdin (stdin line 1): apparmor_parser: -n a/b overriding policy specified namespace :x:\n",
  }),
  one("a path as a name is old with an attachment, too", ["-QK", "--warn=deprecated", "--warn=no-abi", ...M], {
    stdin: "profile /a/b /c { profile /d { } }\n/e /f { }\nprofile g { }\n",
    status: 0,
    err: [1, 2]
      .map(
        (line) =>
          `Warning from stdin (stdin line ${line}): The use of file paths as profile names is deprecated. See man apparmor.d for more information\n`,
      )
      .join(""),
  }),
  one("what is old about an include", ["-QK", "--warn=pound-include", ...M, "-I", "inc", "hash"], {
    status: 0,
    err: "Warning from hash (hash line 1): deprecated use of '#include'\n",
  }),
];

const options: readonly ContractCase[] = [
  one("an option without its value takes the first operand", ["bar", "-QKN", ...M, "bar", "-I"], {
    status: 0,
    out: "aaa\nbar\n",
    err: "apparmor_parser: option requires an argument -- 'I'\n",
  }),
  one("too many actions are counted when all options were looked at", ["-r", "-R", "--bogus"], {
    status: 1,
    err: "apparmor_parser: unrecognized option '--bogus'\n".repeat(2),
  }),
  ...["Werror", "help"].map((name) =>
    one(`an empty value of --${name} is none`, [`--${name}=`, "foo"], {
      status: 1,
      err: `apparmor_parser: Invalid --${name} option \n`,
    }),
  ),
  one("an empty word of debugging is none", ["--debug=", "foo"], {
    status: 1,
    err: "apparmor_parser: Invalid --debug option ''\n",
  }),
  one("an empty level of compression is none", ["--zstd-compress-level=", ...M, "foo"], {
    status: 1,
    err: "Invalid compression level ''. Use none, default, fast, small, or 0-22\n",
  }),
  ...["08", "2 ", "-x", "x"].map((jobs) =>
    one(`no number of jobs is \`${jobs}\``, ["-j", jobs, "foo"], {
      status: 1,
      err: `apparmor_parser: Invalid option -j=${jobs}\n`,
    }),
  ),
  ...[" 2", "+2", "0x2", "02"].map((jobs) =>
    one(`a number of jobs is \`${jobs}\``, ["-QKj", jobs, ...M, "bar"], { status: 0, out: none, err: none }),
  ),
  one("more jobs than may be are told", ["-QK", "-j4", "--max-jobs=2", ...M, "bar"], {
    status: 0,
    err: /^Warning from stdin \(line 1\): apparmor_parser: Capping number of jobs to 2 \* # of cpus == '4'\n?$/,
  }),
  one("without jobs the first error is the last", ["-QKv", "-j0", ...M, "bad", "bar"], {
    status: 1,
    out: none,
    err: /parser error for bad/,
  }),
  one("without jobs a file that is missing is no end", ["-QKv", "-j0", ...M, "nowhere", "bar"], {
    status: 2,
    out: 'Addition succeeded for "aaa".\nAddition succeeded for "bar".\n',
  }),
  one("quiet behind verbose says nothing", ["-QKvq", ...M, "bar"], { status: 0, out: none, err: none }),
  one("verbose behind quiet speaks", ["-QKqv", ...M, "bar"], {
    status: 0,
    out: 'Addition succeeded for "aaa".\nAddition succeeded for "bar".\n',
    err: none,
  }),
  one("quiet does not keep names that are ignored to itself", ["-NKq", ...M, "-b", "base", "base"], {
    status: 0,
    err: /Ignoring: 'back~'\n(?:.*\n)*Ignoring: 'new\.rpmnew'\n/,
  }),
  one("slashes behind the base are not shown", ["-QK", "-b", "base//", ...M, "bar"], {
    status: 0,
    err: "Skipping profile in base/disable: bar\n",
  }),
  one("slashes behind a directory are", ["-QK", ...M, "dir/"], {
    status: 1,
    err: /^AppArmor parser error for dir\/ in profile dir\/\/bad /,
  }),
  one("all warnings are one more", ["--warn=dev", "--warn=show", "-V"], {
    status: 0,
    out: /^warn=rule-not-enforced, rule-downgraded, abi, deprecated, config, cache, debug-cache, jobs, dangerous, unexpected, format, missing, override, dev, pound-include, all\n/,
  }),
  one("all but one are less", ["--warn=all", "--warn=no-abi", "--warn=show", "-V"], {
    status: 0,
    out: /^warn=rule-not-enforced, rule-downgraded, deprecated, config, cache, debug-cache, jobs, dangerous, unexpected, format, missing, override, pound-include\n/,
  }),
  one("all optimisations off leave some on", ["-O0", "-Oshow", "-V"], {
    status: 0,
    out: /^Optimize=0, expr-right-simplify, filter-deny, compress-fast, rule-merge\n/,
  }),
  one("two ways to pack exclude each other", ["-Ocompress-small", "-Ocompress-default", "-V"], {
    status: 1,
    out: none,
    err: "apparmor_parser: Conflicting --Optimize options: compress-default, compress-small\n",
  }),
  one("the mode of prompt rules before it is known", ["--print-prompt-compat=x", "-V"], {
    status: 0,
    err: /^(?:Warning[^\n]*\n)?Prompt compat mode: Unknown prompt compat mode '0'\n$/,
  }),
  {
    name: "actions of the configuration do not count",
    steps: [
      {
        before: "printf 'replace\\nverbose\\n' > conf",
        argv: ["--config-file", "conf", "-M", "features", "-QK", "bar"],
        status: 0,
        out: 'Addition succeeded for "aaa".\nAddition succeeded for "bar".\n',
        err: none,
      },
    ],
  },
  one(
    "the kernel's features are asked of the kernel alone",
    ["-QK", "-M", "features", "--policy-features=<kernel>", "bar"],
    {
      status: 1,
      err: /Failed to load kernel features into the policy-features abi: No such file or directory\n$/,
    },
  ),
  one("a warning of the compiler may be an error that was not asked for", ["-QK", "--Werror=rule-not-enforced", ...M], {
    stdin: "profile x { dbus, }\n",
    status: 1,
  }),
];

const files: readonly ContractCase[] = [
  {
    name: "links that lead nowhere are told once for their directory",
    steps: [
      {
        before: "mkdir d; ln -s no d/a; ln -s no d/c; echo 'profile b { }' > d/b",
        argv: ["-QKv", ...M, "d"],
        status: 2,
        out: 'Addition succeeded for "b".\n',
        err: "There was an error while loading profiles from d\n",
      },
    ],
  },
  one("a place for policy that is no directory is none", ["-aK", "-f", "foo", ...M, "bar"], {
    status: 1,
    err: "Warning: unable to find a suitable fs in /proc/mounts, is it mounted?\nUse --subdomainfs to override.\n",
  }),
  one("the first profile that is refused is the last", ["-aK", "-f", "base", ...M, "bar"], {
    status: 254,
    out: none,
    err: 'apparmor_parser: Unable to add "aaa".  Profile doesn\'t exist\n',
  }),
  {
    name: "a blob that is too short is none",
    steps: [
      {
        before: "printf 12345678 > short",
        argv: ["-B", "-f", "{dir}/fs", ...M, "short"],
        status: 255,
        err: /^Cannot read profile from file short\n?$/,
        after: "test ! -s fs/.load",
      },
    ],
  },
  {
    name: "no blob says what to unload",
    steps: [
      {
        argv: ["-BR", "-f", "{dir}/fs", ...M, "bad"],
        status: 22,
        err: "Error: Invalid load option specified: 2\n",
        after: "test ! -s fs/.load && test ! -s fs/.remove",
      },
    ],
  },
  one("a cache that is not there cannot be emptied", ["-Q", "-L", "no/where", "--purge-cache", ...M], {
    status: 1,
    err: "Failed to clear cache files (no/where): No such file or directory\n",
  }),
  one("a backslash that protects no comma is a backslash", ["-L", "a\\b,c", "--print-cache-dir", ...M], {
    status: 0,
    out: /^a\\b\/[0-9a-f]{8}\.0\nc\/[0-9a-f]{8}\.0\n$/,
  }),
  one("a cache is wanted and may not be used", ["-QKW", ...M, "bar"], {
    status: 0,
    err: "Warning from bar (bar line 3): Failed to create cache: bar\n",
  }),
  {
    name: "no entry is missed for a text that cannot be read",
    cache: true,
    steps: [
      { argv: ["-Qk", "-L", "cache", ...M, "bad"], status: 1, err: /^(?!.*Cache miss)/s },
      { argv: ["-Qk", "-L", "cache", ...M, "undefined"], status: 1, err: /Cache miss: undefined\nFailed to find/ },
    ],
  },
  {
    name: "a cache that must not be replaced is not made",
    cache: true,
    steps: [
      {
        argv: ["-QWk", "--skip-bad-cache", "-L", "cache", ...M, "foo"],
        status: 0,
        err: /^Cache read\/write disabled: Policy cache is invalid: No such file or directory\nCache miss: foo\n$/,
        after: "test ! -e cache",
      },
    ],
  },
];

export const grammarCases: readonly ContractCase[] = [...texts, ...options, ...files];
