/** The command `armorer`: finds the verb and runs it. A verb's module is loaded when the verb is called. */
import { type Command, EXIT, didYouMean, runCommand } from "./command.ts";
import { displayText } from "../../foundation/text/index.ts";
import { documented, jsonForm } from "../documented.ts";
import { marked } from "./verb-output.ts";
import { VERSION } from "./version.ts";
import type { CliIo } from "../io.ts";

interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** In the order of `armorer --help`. */
const verbs: readonly Verb[] = [
  { name: "check", summary: "find what is wrong with profiles", load: () => import("./check.ts") },
  { name: "fmt", summary: "lay out profiles", load: () => import("./fmt.ts") },
  { name: "compile", summary: "compile profiles", load: () => import("./compile.ts") },
  { name: "decode", summary: "show what compiled policy says", load: () => import("./decode.ts") },
  { name: "diff", summary: "show what one policy allows that another does not", load: () => import("./diff.ts") },
  { name: "test", summary: "decide what is expected of policy", load: () => import("./test.ts") },
  { name: "load", summary: "compile profiles and load them", load: () => import("./load.ts") },
  { name: "unload", summary: "remove profiles from the kernel", load: () => import("./unload.ts") },
  { name: "status", summary: "show loaded profiles and confined processes", load: () => import("./status.ts") },
  { name: "ps", summary: "show processes and their profiles", load: () => import("./ps.ts") },
  { name: "audit", summary: "read AppArmor's events from logs", load: () => import("./audit.ts") },
  { name: "learn", summary: "propose rules for denials found in a log", load: () => import("./learn.ts") },
  { name: "undo", summary: "take back what was last written into profiles", load: () => import("./undo.ts") },
  { name: "query", summary: "say which profiles allow what a rule says", load: () => import("./query.ts") },
  { name: "explain", summary: "say why a profile allows or refuses something", load: () => import("./explain.ts") },
  { name: "lint", summary: "find superfluous and dangerous rules", load: () => import("./lint.ts") },
  { name: "port", summary: "say profiles in the words of an older release", load: () => import("./port.ts") },
  { name: "reach", summary: "show what a profile can become", load: () => import("./reach.ts") },
  { name: "app", summary: "let a program make user namespaces", load: () => import("./app.ts") },
  { name: "package", summary: "write what packages need to ship profiles", load: () => import("./package.ts") },
  { name: "tools", summary: "put AppArmor's commands into a directory", load: () => import("./tools.ts") },
  { name: "completion", summary: "print completion for a shell", load: () => import("./completion.ts") },
  { name: "lab", summary: "boot real kernels and run things there", load: () => import("./lab.ts") },
];

/** The names of all verbs. */
export const verbNames: readonly string[] = verbs.map((verb) => verb.name);

/** Everything a verb declares. */
export async function loadVerb(name: string): Promise<Command | undefined> {
  return (await verbs.find((verb) => verb.name === name)?.load())?.command;
}

/** What `armorer --help` prints. */
export function overview(): string {
  const lines = verbs.map((verb) => `  ${verb.name.padEnd(10)} ${verb.summary}\n`).join("");
  return `Usage: armorer VERB [OPTION]... [OPERAND]...\n\nAppArmor, end to end.\n\nVerbs:\n${lines}
\`armorer VERB --help\` says more. \`armorer --version\` prints the version.
Exit status: 0 success, 1 a problem with the policy or the system,
2 wrong usage, or an answer that could not be given in full.
`;
}

function refuseWord(what: string, hint: string, io: CliIo): number {
  io.err(`armorer: ${displayText(what)}\n${hint}Try \`armorer --help\`.\n`);
  return EXIT.usage;
}

/** What is wrong with words that begin with no verb, or with more words than `help` and the like have a use for. */
function refuse(words: readonly string[], surplus: string | undefined, io: CliIo): number {
  const [first = ""] = words;
  if (surplus !== undefined) return refuseWord(`\`${first}\` has no use for \`${surplus}\``, "", io);
  if (first.startsWith("-") && words.some((word) => verbNames.includes(word)))
    return refuseWord(`\`${first}\` stands before the verb: options come after it`, "", io);
  return refuseWord(`there is no verb \`${first}\``, didYouMean(first, verbNames), io);
}

/** Runs the command; the exit status. */
export async function runArmorer(argv: readonly string[], io: CliIo): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined) {
    io.err(overview());
    return EXIT.usage;
  }
  // With help the text is printed, `--json` or not.
  const [topic, ...more] = rest.filter((word) => word !== "--json");
  if (first === "help" && topic !== undefined && more.length === 0 && verbNames.includes(topic))
    return runArmorer([topic, "--help"], io);
  const isHelp = ["help", "--help", "-h"].includes(first);
  const isVersion = ["--version", "-V"].includes(first);
  if ((isHelp || isVersion) && (topic === undefined || (topic === "help" && more.length === 0))) {
    io.out(isHelp ? overview() : `armorer ${VERSION}\n`);
    return EXIT.fine;
  }
  const command = await loadVerb(first);
  if (command !== undefined) return runCommand(command, rest, io);
  const isTopic = first === "help" && topic !== undefined && !verbNames.includes(topic);
  const words = isTopic ? [topic, ...more] : argv;
  const surplus = isTopic || !(isHelp || isVersion) ? undefined : first === "help" ? more[0] : topic;
  const say = (out: CliIo): Promise<number> => Promise.resolve(refuse(words, surplus, out));
  return argv.includes("--json") ? documented(say, jsonForm("armorer/refusal/1"), marked(io)) : say(marked(io));
}
