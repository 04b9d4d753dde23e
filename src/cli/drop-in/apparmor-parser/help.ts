import { type Example, examplesText } from "../../examples.ts";
import { describeFlags, dumpFlags, optimizeFlags, warnFlags } from "./flag-sets.ts";

/** The version of apparmor_parser whose behaviour this is. Clients parse the first line and decide by it what they may write. */
const COMPATIBLE_VERSION = "5.0.2";

/** Three lines, as clients count on; the first is read by machines. */
export const versionText = `AppArmor parser version ${COMPATIBLE_VERSION}
armorer: an independent parser and compiler, compatible with this command
Licensed under the Apache License, Version 2.0
`;

const USAGE = `
Usage: apparmor_parser [OPTION]... [FILE | DIRECTORY]...

Compiles AppArmor profiles and loads them into the kernel. Without operands the
profiles are read from standard input. Long options may be abbreviated.

Action (at most one):
  -a, --add                  load; fails if a profile is loaded (default)
  -r, --replace              load, replacing what is already loaded
  -R, --remove               unload the profiles of the input
  -N, --names                print the names of the profiles
  -p, --preprocess           print the text with includes expanded
  -S, --stdout               write the compiled policy to standard output
  -o, --ofile FILE           write the compiled policy to FILE

Where things are:
  -b, --base DIR             directory of profiles and relative includes
                             (/etc/apparmor.d)
  -I, --Include DIR          search DIR for includes; may be repeated
  -f, --subdomainfs DIR      AppArmor's directory in securityfs
      --config-file FILE     configuration, read before the other options
      --print-config-file    print the name of the configuration file

What the policy is for:
  -M, --features-file FILE   features of the kernel and of the policy
      --kernel-features FILE features of the kernel (the running one)
      --policy-features FILE features of profiles without an abi rule
      --override-policy-abi FILE
                             the same, and abi rules are ignored
  -m, --match-string TEXT    features, given as text
  -n, --namespace NAME       load into this policy namespace
  -C, --complain             load everything in complain mode
  -X, --readimpliesX         reading permits mapping for execution
      --prompt-compat MODE   how prompt rules are written

Cache:
  -W, --write-cache          write compiled policy to the cache
  -K, --skip-cache           use no cache
  -T, --skip-read-cache      do not read the cache
  -L, --cache-loc DIR,...    where the cache is (/var/cache/apparmor)
  -k, --show-cache           report how the cache is used
      --skip-bad-cache       do not touch a cache made for another kernel
      --skip-bad-cache-rebuild
                             do not compile again what the kernel refused
      --purge-cache          empty the cache
      --print-cache-dir      print the directories that would be used
      --debug-cache          say why a cache entry is not used

How it is done:
  -Q, --skip-kernel-load     do everything except loading
  -B, --binary               the input is already compiled
  -j, --jobs N               number of jobs: N, auto, max, or xN for N times the
                             processors
      --max-jobs N           at most this many
  -c, --zstd-compress-level[=LEVEL]
                             none, default, fast, small, or 0 to 22
      --abort-on-error       stop at the first profile that fails
  -O, --optimize FLAG        see --help=optimize

Output:
  -q, --quiet                no warnings
  -v, --verbose              name what was loaded
      --warn FLAG            see --help=warn
      --Werror[=FLAG]        make warnings errors
  -d, --debug                print what was parsed and do not compile
  -D, --dump FLAG            see --help=dump
  -V, --version              print the version
  -h, --help[=TOPIC]         print this, or about warn, dump or optimize
`;

export const parserExamples: readonly Example[] = [
  ["apparmor_parser -r /etc/apparmor.d/usr.sbin.nginx", "load the profiles of a file, replacing those that are loaded"],
  ["apparmor_parser -Q -K /etc/apparmor.d", "compile everything, and load nothing"],
  ["apparmor_parser -S -K -M FEATURES profile > profile.bin", "compiled policy for another kernel"],
];

const topic = (option: string, flags: Parameters<typeof describeFlags>[0], more: string): string =>
  `\napparmor_parser: --${option}=FLAG; repeat the option to give several\n\n` +
  `     ${"show".padEnd(28)} print the flags that are on\n${more}${describeFlags(flags)}`;

/** What `--help` prints before the examples. */
export const parserUsage = versionText + USAGE;

/** What `--help[=TOPIC]` prints; `undefined` for a topic that does not exist. */
export function helpText(about: string | undefined): string | undefined {
  switch (about) {
    case undefined:
      return `${parserUsage}\n${examplesText(parserExamples)}`;
    case "dump":
    case "Dump":
    case "D":
      return versionText + topic("dump", dumpFlags, "");
    case "optimize":
    case "Optimize":
    case "O":
      return versionText + topic("optimize", optimizeFlags, `     ${"0".padEnd(28)} turn all of them off\n`);
    case "warn":
      return versionText + topic("warn", warnFlags, "");
    case "Werror":
      return versionText + topic("Werror", warnFlags, "");
    default:
      return undefined;
  }
}
