/** The options of one run of apparmor_parser, and what each of them changes. Effects happen in the order of the command line. */
import { featureFileText } from "../../feature-files.ts";
import {
  type FlagAnswer,
  defaultOptimizations,
  defaultWarnings,
  dumpFlags,
  listFlags,
  optimizeFlags,
  takeDump,
  takeOptimization,
  takeWarning,
  warnFlags,
} from "./flag-sets.ts";
import { helpText, versionText } from "./help.ts";
import type { OutputFile } from "../../../foundation/ports/index.ts";
import { say } from "../../../foundation/text/index.ts";
import type { CliIo } from "../../io.ts";
import { takeJobs, takeMaximumJobs, takeSize } from "./jobs.ts";
import { type CacheLocations, splitLocations } from "./locations.ts";
import type { ParserOption } from "./option-table.ts";
import { errnoText, fileRefusalText } from "../../errno-texts.ts";

export type Action = "add" | "replace" | "remove" | "names" | "preprocess" | "stdout" | "ofile";

/** The configuration that is read when no other is named. */
export const DEFAULT_CONFIG = "/etc/apparmor/parser.conf";

/** Settings while they are collected. */
export interface Settings {
  action: Action;
  actionCount: number;
  base: string;
  includePath: string[];
  configFile: string;
  subdomainfs: string | undefined;
  binary: boolean;
  /** Where the compiled policy goes instead of the kernel. */
  output: OutputFile | undefined;
  complain: boolean;
  readImpliesExec: boolean;
  namespace: string | undefined;
  quiet: boolean;
  verbose: boolean;
  debug: boolean;
  debugJobs: boolean;
  loads: boolean;
  kernelFeatures: string | undefined;
  policyFeatures: { readonly kind: "text"; readonly text: string } | undefined;
  overrideAbi: boolean;
  cache: CacheLocations;
  skipCache: boolean;
  readCache: boolean;
  writeCache: boolean;
  showCache: boolean;
  replaceBadCache: boolean;
  rebuildRefused: boolean;
  purgeCache: boolean;
  printCacheDirectory: boolean;
  abortOnError: boolean;
  warnings: ReadonlySet<string>;
  errors: ReadonlySet<string>;
  dump: ReadonlySet<string>;
  optimizations: ReadonlySet<string>;
  promptCompat: string | undefined;
  jobs: bigint | undefined;
  maximumJobs: bigint | undefined;
  compileSizeBytes: number;
  /** Compressed policy is wanted. */
  compresses: boolean;
}

export function defaultSettings(): Settings {
  return {
    action: "add",
    actionCount: 0,
    base: "/etc/apparmor.d",
    includePath: [],
    configFile: DEFAULT_CONFIG,
    subdomainfs: undefined,
    binary: false,
    output: undefined,
    complain: false,
    readImpliesExec: false,
    namespace: undefined,
    quiet: false,
    verbose: false,
    debug: false,
    debugJobs: false,
    loads: true,
    kernelFeatures: undefined,
    policyFeatures: undefined,
    overrideAbi: false,
    cache: { locations: ["/var/cache/apparmor"] },
    skipCache: false,
    readCache: true,
    writeCache: false,
    showCache: false,
    replaceBadCache: true,
    rebuildRefused: true,
    purgeCache: false,
    printCacheDirectory: false,
    abortOnError: false,
    warnings: defaultWarnings,
    errors: new Set(),
    dump: new Set(),
    optimizations: defaultOptimizations,
    promptCompat: undefined,
    jobs: undefined,
    maximumJobs: undefined,
    compileSizeBytes: 50 * 1024 * 1024,
    compresses: false,
  };
}

/** Takes an option; a number is the status to leave with at once. */
type Taker = (settings: Settings, value: string, io: CliIo, isGiven: boolean) => number | void;

const complaint = (io: CliIo, text: string): number => {
  io.err(say`apparmor_parser: ${text}\n`);
  return 1;
};

/** Says `Warning from stdin (line 1): …`, which is how the parser speaks when no file is open. */
export function warnWithoutFile(settings: Settings, io: CliIo, flag: string, text: string): number | undefined {
  if (!settings.warnings.has(flag) || settings.action === "names" || settings.action === "remove") return undefined;
  const fatal = settings.errors.has(flag);
  io.err(say`Warning${fatal ? " converted to Error" : ""} from stdin (line 1): ${text}\n`);
  return fatal ? 1 : undefined;
}

const action =
  (name: Action): Taker =>
  (settings) => {
    settings.action = name;
    settings.actionCount += 1;
    // What is printed or written must be compiled now, not taken from a cache.
    if (name === "stdout" || name === "ofile") {
      settings.readCache = false;
      settings.loads = false;
    }
  };

const flags =
  (
    title: string,
    table: Parameters<typeof listFlags>[0],
    take: (on: ReadonlySet<string>, value: string) => FlagAnswer,
    field: "warnings" | "errors" | "dump" | "optimizations",
  ): Taker =>
  (settings, value, io) => {
    const answer = take(settings[field], value);
    if (answer === undefined) return complaint(io, `Invalid --${title} option ${value}`);
    if (answer === "show") {
      const shown = `${title.replace("Dump", "dump")}=`;
      const on = listFlags(table, settings[field]);
      io.out(on.length === 0 ? shown : `${shown}${on.join(", ")}\n`);
    } else if ("conflict" in answer) return complaint(io, `Conflicting --${title} options: ${answer.conflict}`);
    else settings[field] = answer;
    return undefined;
  };

const features =
  (what: string, accept: (settings: Settings, text: string) => void): Taker =>
  (settings, path, io) => {
    const text = featureFileText(path, io);
    if (!text.ok) {
      io.err(say`Failed to load ${what} from '${path}': ${fileRefusalText(text.error)}\n`);
      return 1;
    }
    accept(settings, text.value);
    return undefined;
  };

const policyFeatures =
  (override: boolean): Taker =>
  (settings, path, io) => {
    if (override) settings.overrideAbi = true;
    if (path !== "<kernel>") {
      return features("policy-features", (target, text) => {
        target.policyFeatures = { kind: "text", text };
      })(settings, path, io, true);
    }
    const running = io.kernelAt({}).features();
    if (!running.ok) {
      io.err(`Failed to load kernel features into the policy-features abi: ${errnoText("ENOENT")}\n`);
      return 1;
    }
    settings.policyFeatures = { kind: "text", text: running.value };
    return undefined;
  };

const warning = flags("warn", warnFlags, takeWarning, "warnings");

const takers: Readonly<Record<ParserOption, Taker>> = {
  add: action("add"),
  replace: action("replace"),
  remove: action("remove"),
  names: action("names"),
  preprocess: action("preprocess"),
  stdout: action("stdout"),
  ofile: (settings, path, io) => {
    action("ofile")(settings, path, io, true);
    const output = io.files.output(path);
    if (!output.ok) {
      const { trouble } = output.error;
      const why = trouble === undefined ? "" : `: ${fileRefusalText(output.error)}`;
      return complaint(io, `Could not open file ${path}${why}`);
    }
    settings.output?.discard();
    settings.output = output.value;
    return undefined;
  },
  base: (settings, path, io) => {
    if (io.files.kind(path) === "directory") settings.base = path.replace(/(?<=.)\/+$/, "");
    else io.err(say`Error: basedir ${path} is not a directory, skipping.\n`);
  },
  include: (settings, path) => void settings.includePath.push(path),
  "config-file": () => undefined,
  "print-config-file": (settings, _, io) => io.out(say`${settings.configFile}\n`),
  subdomainfs: (settings, path) => void (settings.subdomainfs = path),
  binary: (settings) => void (settings.binary = true),
  complain: (settings) => void (settings.complain = true),
  readimpliesX: (settings) => void (settings.readImpliesExec = true),
  namespace: (settings, name) => void (settings.namespace = name),
  quiet: (settings) => {
    settings.quiet = true;
    settings.verbose = false;
    settings.warnings = new Set();
  },
  verbose: (settings) => {
    settings.verbose = true;
    settings.quiet = false;
  },
  debug: (settings, what, io, isGiven) => {
    if (!isGiven) settings.debug = true;
    else if (what === "jobs" || what === "j") settings.debugJobs = true;
    else return complaint(io, `Invalid --debug option '${what}'`);
    settings.readCache = settings.readCache && !settings.debug;
    return undefined;
  },
  dump: (settings, value, io) => {
    settings.readCache = false;
    return flags("Dump", dumpFlags, takeDump, "dump")(settings, value, io, true);
  },
  optimize: flags("Optimize", optimizeFlags, takeOptimization, "optimizations"),
  warn: warning,
  werror: (settings, value, io, isGiven) =>
    flags("Werror", warnFlags, takeWarning, "errors")(settings, isGiven ? value : "all", io, isGiven),
  "debug-cache": (settings, _, io) => warning(settings, "debug-cache", io, true),
  "match-string": (settings, text) => {
    settings.kernelFeatures = text;
    settings.policyFeatures = { kind: "text", text };
  },
  "features-file": features("features", (settings, text) => {
    settings.kernelFeatures = text;
    settings.policyFeatures = { kind: "text", text };
  }),
  "kernel-features": features("kernel features", (settings, text) => {
    settings.kernelFeatures = text;
  }),
  "policy-features": policyFeatures(false),
  "override-policy-abi": policyFeatures(true),
  "skip-kernel-load": (settings) => void (settings.loads = false),
  "skip-cache": (settings) => void (settings.skipCache = true),
  "skip-read-cache": (settings) => void (settings.readCache = false),
  "write-cache": (settings) => void (settings.writeCache = true),
  "show-cache": (settings) => void (settings.showCache = true),
  "skip-bad-cache": (settings) => void (settings.replaceBadCache = false),
  "skip-bad-cache-rebuild": (settings) => void (settings.rebuildRefused = false),
  "purge-cache": (settings) => void (settings.purgeCache = true),
  "cache-loc": (settings, text, io) => {
    const split = splitLocations(text);
    if (split === undefined) {
      return complaint(io, `Invalid --cacheloc option '${text}' ${errnoText("E2BIG")}`);
    }
    if (split.locations.length > 0) settings.cache = split;
    return undefined;
  },
  // Directories are made where they are wanted.
  "create-cache-dir": () => undefined,
  "print-cache-dir": (settings) => void (settings.printCacheDirectory = true),
  jobs: (settings, text, io) => takeJobs(settings, text, (message) => complaint(io, message)),
  "max-jobs": (settings, text, io) => takeMaximumJobs(settings, text, (message) => complaint(io, message)),
  "estimated-compile-size": (settings, text, io) => takeSize(settings, text, (message) => complaint(io, message)),
  "abort-on-error": (settings) => void (settings.abortOnError = true),
  zstd: takeCompression,
  "prompt-compat": (settings, value, io) => {
    if (!["default", "permsv2", "ignore", "flag"].includes(value)) {
      return complaint(io, `Invalid --prompt-compat option '${value}'`);
    }
    settings.promptCompat = value;
    return undefined;
  },
  "print-prompt-compat": (settings, _, io) => {
    io.err(`Prompt compat mode: ${promptModeText(settings.promptCompat)}\n`);
  },
  version: (_, __, io) => {
    io.out(versionText);
    return 0;
  },
  help: (_, topic, io, isGiven) => {
    const text = helpText(isGiven ? topic : undefined);
    if (text === undefined) return complaint(io, `Invalid --help option ${topic}`);
    io.out(text);
    return 0;
  },
};

/** ORACLE 5.0.2: it tells before it knows any kernel. */
function promptModeText(mode: string | undefined): string {
  return mode === undefined ? "Unknown prompt compat mode '0'" : mode === "default" ? "ignore" : mode;
}

/** The level is checked and then not used: policy is written as it is, which every kernel takes. */
function takeCompression(settings: Settings, value: string, io: CliIo, isGiven: boolean): number | undefined {
  settings.compresses = value !== "none" && !(Number(value) <= 0 && isGiven);
  if (!isGiven || ["none", "default", "fast", "small"].includes(value)) return undefined;
  if (!/^-?[0-9]+$/.test(value)) {
    io.err(say`Invalid compression level '${value}'. Use none, default, fast, small, or 0-22\n`);
    return 1;
  }
  return Number(value) > 22 ? warnWithoutFile(settings, io, "override", "Compression level > 22. Using 22") : undefined;
}

/** Applies one option; a number is the status to leave with at once. */
export function applyOption(
  settings: Settings,
  option: { readonly key: ParserOption; readonly value: string | undefined },
  io: CliIo,
): number | undefined {
  return takers[option.key](settings, option.value ?? "", io, option.value !== undefined) ?? undefined;
}
