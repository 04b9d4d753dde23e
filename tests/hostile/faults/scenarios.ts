/** The commands that are tried, each on a small machine of its own. */
import { readFileSync } from "node:fs";
import type { Scenario } from "./harness.ts";
import { SECURITYFS } from "./machine.ts";
import type { Plan } from "./tree.ts";

const crooked = "profile crooked /usr/bin/crooked {\n/etc/crooked   r,\n}\n";
const child =
  "profile two /usr/bin/two {\n  /etc/two r,\n  profile inner {\n    /etc/inner r,\n  }\n}\nprofile three { /etc/three r, }\n";

const policy: Plan = {
  "etc/apparmor.d/one":
    "include <tunables/global>\nprofile one /usr/bin/one {\n  include <abstractions/base>\n  include if exists <local/one>\n  @{ETC}/one r,\n}\n",
  "etc/apparmor.d/two": child,
  "etc/apparmor.d/tunables/global": "@{ETC}=/etc\n",
  "etc/apparmor.d/abstractions/base": "  /dev/null rw,\n",
  "etc/apparmor.d/local/one": "  deny /etc/shadow r,\n",
};

const conf: Plan = { "etc/apparmor/parser.conf": "# nothing\n" };

const event = (name: string, profile = "two"): string =>
  `type=AVC msg=audit(1795338034.254:7): apparmor="DENIED" operation="open" class="file" profile="${profile}" name="${name}" pid=12 comm="two" requested_mask="r" denied_mask="r" fsuid=0 ouid=0\n`;

const all = ["/etc/apparmor.d"];
const old = {
  "etc/old/one": "profile one /usr/bin/one { /old r, }\n",
  "etc/old/two": "profile two /usr/bin/two { /old r, profile inner { /old r, } }\nprofile three { /old r, }\n",
};
const loadOld = { command: "apparmor_parser", argv: ["-K", "-r", "/etc/old"] };

/** What is written is kept there to be undone: of what was written, and one more of each run. That it is right is tried by `undo`. */
const history: Plan = { "var/lib/armorer/undo": null };
const HISTORY = /^var\/lib\/armorer\/undo\//;

const armorer = (name: string, argv: readonly string[], more: Partial<Scenario> = {}): Scenario => ({
  name: `armorer ${name}`,
  command: "armorer",
  argv,
  plan: policy,
  ...more,
});

const app: Plan = {
  ...policy,
  "etc/apparmor.d/abi/4.0": readFileSync("policy/abi/4.0"),
  "opt/My App/app": "x",
};
const installApp = ["app", "install", "--abi=4.0", "/opt/My App/app"];

const verbs: readonly Scenario[] = [
  armorer("fmt", ["fmt", "/etc/apparmor.d/crooked", "/etc/apparmor.d/two"], {
    plan: { ...policy, "etc/apparmor.d/crooked": crooked },
  }),
  armorer("fmt DIRECTORY", ["fmt", ...all], {
    plan: {
      ...policy,
      "etc/apparmor.d/crooked": crooked,
      "etc/apparmor.d/linked": { linkTo: "../crooked" },
      "etc/crooked": crooked,
    },
  }),
  armorer("check --fix", ["check", "--fix", "/etc/apparmor.d/wrong"], {
    plan: { ...policy, "etc/apparmor.d/wrong": "profile wrong {\n  /etc/x rw\n}\n" },
  }),
  armorer("learn --write", ["learn", "--write", "-f", "/var/log/denied"], {
    plan: { ...policy, "var/log/denied": event("/etc/new") + event("/etc/other", "one"), ...history },
    caches: HISTORY,
  }),
  armorer("learn --write --create", ["learn", "--write", "--create", "--source", "audit-log"], {
    plan: {
      ...policy,
      "var/log/audit/audit.log.1": event("/etc/new", "/usr/bin/four"),
      "var/log/audit/audit.log": event("/etc/new"),
      ...history,
    },
    caches: HISTORY,
  }),
  armorer("compile -o FILE", ["compile", "--no-cache", "-o", "/out", "/etc/apparmor.d/one"], {
    plan: { ...policy, out: "old\n" },
  }),
  armorer("compile -o DIRECTORY", ["compile", "--no-cache", "-o", "/out/", ...all]),
  armorer("compile, filling the cache", ["compile", "-o", "/out", "/etc/apparmor.d/one"], {
    plan: { ...policy, "var/cache/x": "" },
    caches: /^var\/cache\/armorer/,
  }),
  armorer("compile --cache, filled", ["compile", "--cache=/cache", "-o", "/out", "/etc/apparmor.d/one"], {
    plan: { ...policy, cache: null },
    earlier: [{ command: "armorer", argv: ["compile", "--cache=/cache", "/etc/apparmor.d/one"] }],
    caches: /^cache/,
  }),
  armorer("check, filling the cache", ["check", "--cache=/cache", ...all], {
    plan: { ...policy, cache: null },
    caches: /^cache/,
    speaksOut: true,
  }),
  armorer("check --cache, filled", ["check", "--cache=/cache", ...all], {
    plan: { ...policy, cache: null },
    earlier: [{ command: "armorer", argv: ["check", "--cache=/cache", "/etc/apparmor.d/one"] }],
    caches: /^cache/,
    speaksOut: true,
  }),
  armorer("undo", ["undo"], {
    plan: { ...policy, "var/log/denied": event("/etc/new") + event("/etc/other", "one") },
    earlier: [{ command: "armorer", argv: ["learn", "--apply", "-f", "/var/log/denied"] }],
    isOnce: true,
  }),
  armorer("undo of a new file", ["undo"], {
    plan: { ...policy, "var/log/denied": event("/etc/new", "/usr/bin/four") },
    earlier: [{ command: "armorer", argv: ["learn", "--apply", "--create", "-f", "/var/log/denied"] }],
    isOnce: true,
  }),
  armorer("lint --fix", ["lint", "--fix", "/etc/lint"], {
    plan: {
      "etc/lint/one": "profile one /usr/bin/one {\n  /etc/** r,\n  /etc/one r,\n}\n",
      "etc/lint/.armorer-lint.json": "{}",
    },
  }),
  armorer("test --init", ["test", "--init", "two", "-o", "/out", "/etc/apparmor.d/two"], { isOnce: true }),
  armorer("test", ["test", "/etc/apparmor.d", "/etc/one.aatest"], {
    plan: { ...policy, "etc/one.aatest": 'test "one" for one { all /etc/one r, none /etc/two w, }\n' },
  }),
  armorer("diff", ["diff", "/etc/apparmor.d/two", "/etc/apparmor.d/two"]),
  armorer("query", ["query", "/etc/apparmor.d", "/etc/one r,"]),
  armorer("explain", ["explain", "/etc/apparmor.d/one", "one", "/etc/one w,"]),
  armorer("reach", ["reach", "/etc/apparmor.d", "one"]),
  armorer("load", ["load", "--no-cache", ...all], { plan: { ...policy, ...old }, earlier: [loadOld] }),
  armorer("load --add", ["load", "--add", "--cache=/cache", ...all], {
    plan: { ...policy, cache: null },
    caches: /^cache/,
    isOnce: true,
  }),
  armorer("app install", installApp, { plan: app, isOnce: true }),
  armorer("app remove", ["app", "remove", "/opt/My App/app"], {
    plan: app,
    earlier: [{ command: "armorer", argv: installApp }],
    isOnce: true,
  }),
  armorer("package -o", ["package", "debian", "-p", "one", "-o", "/out", "/etc/apparmor.d/one"], {
    plan: { ...policy, out: null },
  }),
  armorer("unload", ["unload", "one", "two"], { plan: { ...policy, ...old }, earlier: [loadOld], isOnce: true }),
];

const parser = (name: string, argv: readonly string[], more: Partial<Scenario> = {}): Scenario => ({
  name: `apparmor_parser ${name}`,
  command: "apparmor_parser",
  argv,
  plan: { ...policy, ...conf, "etc/apparmor.d/disable": null, "etc/apparmor.d/force-complain": null },
  caches: /^var\/cache\/apparmor/,
  ...more,
});

const drop: readonly Scenario[] = [
  parser("-a", ["-K", "-a", ...all], { isOnce: true }),
  parser("-r", ["-K", "-r", ...all], { plan: { ...policy, ...conf, ...old }, earlier: [loadOld] }),
  parser("-r with marks", ["-K", "-r", ...all], {
    plan: {
      ...policy,
      ...conf,
      ...old,
      "etc/apparmor.d/disable/one": { linkTo: "../one" },
      "etc/apparmor.d/force-complain/two": { linkTo: "../two" },
    },
  }),
  parser("-R", ["-R", ...all], { plan: { ...policy, ...conf, ...old }, earlier: [loadOld], isOnce: true }),
  parser("-r -W, no cache yet", ["-r", "-W", ...all], { plan: { ...policy, ...conf, "var/cache/x": "" } }),
  parser("-r -W, filled cache", ["-r", "-W", ...all], {
    plan: { ...policy, ...conf, ...old, "var/cache/x": "" },
    earlier: [
      { command: "apparmor_parser", argv: ["-a", "-W", ...all] },
      { command: "apparmor_parser", argv: ["-K", "-r", "/etc/old"] },
    ],
  }),
  parser("-o", ["-Q", "-K", "-o", "/out", "/etc/apparmor.d/one"], {
    plan: { ...policy, ...conf, out: "old\n" },
    mayBeEmptied: /^out$/,
  }),
  parser("-S", ["-Q", "-K", "-S", "/etc/apparmor.d/one"]),
  parser("--purge-cache", ["--purge-cache"], {
    plan: { ...policy, ...conf, "var/cache/apparmor/1.0/one": "x", "var/cache/apparmor/1.0/.features": "y" },
    caches: /^none/,
  }),
  parser("< stdin", ["-K", "-r"], { input: "profile in { /x r, }\n" }),
  {
    name: "aa-load",
    command: "aa-load",
    argv: ["/blobs"],
    plan: policy,
    earlier: [{ command: "armorer", argv: ["compile", "--no-cache", "-o", "/blobs/", ...all] }],
  },
  {
    name: "aa-load of the usual cache",
    command: "aa-load",
    argv: [],
    plan: { ...policy, ...conf, ...old, "var/cache/x": "" },
    earlier: [{ command: "apparmor_parser", argv: ["-a", "-W", ...all] }, loadOld],
  },
  {
    name: "aa-remove-unknown",
    command: "aa-remove-unknown",
    argv: [],
    plan: { ...policy, ...conf, "etc/old/gone": "profile gone { /old r, profile sub { /x r, } }\n" },
    earlier: [{ command: "apparmor_parser", argv: ["-K", "-a", ...all, "/etc/old"] }],
  },
  {
    name: "aa-teardown",
    command: "aa-teardown",
    argv: [],
    plan: { ...policy, ...conf },
    earlier: [{ command: "apparmor_parser", argv: ["-K", "-a", ...all] }],
  },
  {
    name: "rcapparmor reload",
    command: "rcapparmor",
    argv: ["reload"],
    plan: { ...policy, ...conf, ...old, "var/cache/x": "" },
    earlier: [loadOld],
    caches: /^var\/cache\/apparmor/,
  },
  {
    name: "rcapparmor start",
    command: "rcapparmor",
    argv: ["start"],
    plan: { ...policy, ...conf, "var/cache/x": "" },
    caches: /^var\/cache\/apparmor/,
    isOnce: true,
  },
];

/** Whoever runs one of these again loads nothing that is written already. */
const tools: readonly Scenario[] = [
  {
    name: "aa-logprof --allow-all",
    command: "aa-logprof",
    argv: ["--allow-all", "--no-abstraction", "-f", "/var/log/denied"],
    plan: { ...policy, ...conf, "var/log/denied": event("/etc/new") + event("/etc/other", "one"), ...history },
    earlier: [{ command: "apparmor_parser", argv: ["-K", "-a", ...all] }],
    caches: HISTORY,
    speaksOut: true,
    isOnce: true,
  },
  {
    name: "aa-logprof -o",
    command: "aa-logprof",
    argv: ["--allow-all", "-o", "/out", "-f", "/var/log/denied"],
    plan: { ...policy, ...conf, "var/log/denied": event("/etc/new") },
    speaksOut: true,
  },
  {
    name: "aa-mergeprof --allow-all",
    command: "aa-mergeprof",
    argv: ["--allow-all", "/etc/other"],
    plan: {
      ...policy,
      ...conf,
      "etc/other":
        "profile two /usr/bin/two {\n  include <abstractions/base>\n  /etc/more r,\n}\nprofile four /usr/bin/four {\n  /etc/four r,\n}\n",
      ...history,
    },
    earlier: [{ command: "apparmor_parser", argv: ["-K", "-a", ...all] }],
    caches: HISTORY,
    speaksOut: true,
    isOnce: true,
  },
  {
    name: "aa-cleanprof",
    command: "aa-cleanprof",
    argv: ["--silent", "double"],
    plan: {
      ...policy,
      ...conf,
      "etc/apparmor.d/double": "profile double /usr/bin/double {\n  /x/** r,\n  /x/y r,\n}\n",
    },
    speaksOut: true,
    isOnce: true,
  },
  {
    name: "aa-complain",
    command: "aa-complain",
    argv: ["one", "two"],
    plan: { ...policy, ...conf, "etc/apparmor.d/disable/two": { linkTo: "../two" } },
    speaksOut: true,
    isOnce: true,
  },
  {
    name: "aa-enforce of a file that is switched off",
    command: "aa-enforce",
    argv: ["/etc/apparmor.d/two"],
    plan: { ...policy, ...conf, "etc/apparmor.d/disable/two": { linkTo: "../two" } },
    speaksOut: true,
    isOnce: true,
  },
  {
    name: "aa-audit",
    command: "aa-audit",
    argv: ["one"],
    plan: { ...policy, ...conf },
    speaksOut: true,
    isOnce: true,
  },
  {
    name: "aa-easyprof --output-directory",
    command: "aa-easyprof",
    argv: ["--output-directory=/out", "--template=default", "/usr/bin/four"],
    plan: { ...policy, ...conf, "usr/bin/four": "#!/bin/sh\n", out: null },
    isOnce: true,
  },
  {
    name: "aa-update-browser",
    command: "aa-update-browser",
    argv: ["-u", "java", "/etc/apparmor.d/web"],
    plan: {
      ...policy,
      ...conf,
      "etc/apparmor.d/web": "profile web /usr/bin/web {\n  include <abstractions/ubuntu-browsers.d/web>\n}\n",
      "etc/apparmor.d/abstractions/ubuntu-browsers.d/java": "  /srv/java r,\n",
      "etc/apparmor.d/abstractions/ubuntu-browsers.d/plugins-common": "  /srv/common r,\n",
    },
    isOnce: true,
  },
  {
    name: "aa-sandbox --dry-run",
    command: "aa-sandbox",
    argv: ["--dry-run", "/usr/bin/four"],
    plan: {
      ...policy,
      ...conf,
      "usr/bin/four": "#!/bin/sh\n",
      "bin/sh": "x",
      "etc/passwd": "root:x:0:0::/root:/bin/sh\n",
    },
  },
  {
    name: "aa-disable",
    command: "aa-disable",
    argv: ["one"],
    plan: { ...policy, ...conf },
    earlier: [{ command: "apparmor_parser", argv: ["-K", "-a", ...all] }],
    speaksOut: true,
    isOnce: true,
  },
  {
    name: "aa-autodep",
    command: "aa-autodep",
    argv: ["/usr/bin/four"],
    plan: { ...policy, ...conf, "usr/bin/four": "#!/bin/sh\n", "bin/sh": "x" },
    speaksOut: true,
    isOnce: true,
  },
];

const RATE = "proc/sys/kernel/printk_ratelimit";
const noted = (profile: string, sec: number): string =>
  `type=AVC msg=audit(${sec}.254:7): apparmor="ALLOWED" operation="open" class="file" profile="${profile}" name="/etc/new" pid=12 comm="four" requested_mask="r" denied_mask="r" fsuid=0 ouid=0\n`;
const looked: Plan = {
  ...policy,
  ...conf,
  "usr/bin/four": "\u007fELF",
  [RATE]: "10\n",
  "var/log/denied": noted("two", 1),
  ...history,
};
/** Behind any run of this test. */
const LATER = 4_000_000_000;
const runs = (press?: (shown: string) => string | undefined): Partial<Scenario> => ({
  plan: looked,
  caches: HISTORY,
  onlyWarns: /^\/(?:proc\/sys\/kernel\/printk_ratelimit|bin\/sh)$/,
  isOnce: true,
  world: {
    ...(press !== undefined && { press }),
    logs: { path: "var/log/denied", text: noted("two", 1) + noted("/usr/bin/four", LATER) },
  },
});
/** Somebody who reads what was shown last, and finishes when something was saved. */
const person =
  (answer: "a" | "r") =>
  (shown: string): string | undefined => {
    const menus = { "(S)can system log": "s", "(A)llow": answer, "(S)ave Changes": "s", "(Y)es": "y" };
    const last = Object.entries(menus).toSorted(([a], [b]) => shown.lastIndexOf(b) - shown.lastIndexOf(a))[0];
    const isSaved = /\(S\)ave Changes(?:.*\n)Writing updated profile for \/usr\/bin\/four\.\n\nProfiling/.test(shown);
    return last?.[0] === "(S)can system log" && isSaved ? "f" : last?.[1];
  };
const genprof = (name: string, answer: "a" | "r"): Scenario => ({
  name: `aa-genprof${name === "" ? "" : ` ${name}`}`,
  command: "aa-genprof",
  argv: ["-f", "/var/log/denied", "/usr/bin/four"],
  ...runs(person(answer)),
  plan: looked,
  speaksOut: true,
});

/** What is looked at in between: a profile is made for it, and is not to outlive the look where nobody wanted it. */
const looks: readonly Scenario[] = [
  genprof("", "a"),
  {
    ...genprof("abandoned", "r"),
    // Of other profiles nothing is asked: that one of them cannot be read is said, and nothing is missed.
    onlyWarns: /^\/(?:proc\/sys\/kernel\/printk_ratelimit|bin\/sh|etc\/apparmor\.d\/.*)$/,
  },
  armorer("learn run", ["learn", "-f", "/var/log/denied", "run", "/usr/bin/four"], runs()),
  armorer("learn --apply run", ["learn", "--apply", "-f", "/var/log/denied", "run", "/usr/bin/four"], runs()),
];

/** What no command needs, or what says by being absent that there is no such thing. */
const OPTIONAL = String.raw`^//?out$|^/proc/mounts|^/etc/apparmor/parser\.conf|^/etc/apparmor\.d/(?:local|disable|force-complain)|${SECURITYFS}/(?:features|\.ns)`;

/** Without a kernel, policy is compiled for what it asks for itself; a new profile includes the tunables that there are. */
const OPTIONAL_AT: Readonly<Record<string, string>> = {
  compile: `${SECURITYFS}$`,
  "apparmor_parser -o": `${SECURITYFS}$`,
  "apparmor_parser -S": `${SECURITYFS}$`,
  "armorer learn --write --create": "^/etc/apparmor.d/tunables/global$",
  "aa-mergeprof --allow-all": `${SECURITYFS}$|^/etc/apparmor.d/tunables/global$`,
  // Without it AppArmor does not run, and nothing is loaded.
  "armorer app install": `${SECURITYFS}$`,
  "armorer app remove": `${SECURITYFS}$`,
  ...Object.fromEntries(
    ["aa-genprof", "aa-genprof abandoned", "armorer learn run", "armorer learn --apply run"].map((name) => [
      name,
      "^/etc/apparmor.d/(?:tunables/global|abi/|abstractions/)",
    ]),
  ),
  "aa-autodep": `${SECURITYFS}$|^/etc/apparmor.d/(?:tunables/global|abi/|abstractions/)`,
};

function optionalOf(scenario: Scenario): RegExp {
  const more = OPTIONAL_AT[scenario.name] ?? OPTIONAL_AT[scenario.argv[0] ?? ""];
  return new RegExp(more === undefined ? OPTIONAL : `${OPTIONAL}|${more}`);
}

export const scenarios: readonly Scenario[] = [...verbs, ...drop, ...tools, ...looks].map((scenario) => ({
  optional: optionalOf(scenario),
  ...scenario,
}));
