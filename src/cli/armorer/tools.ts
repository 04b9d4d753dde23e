/** `armorer tools`: puts links to the drop-in commands into a directory, and takes them out again. Nothing of anybody else's is replaced. */
import { join, resolve } from "node:path";
import { displayText, isInside, type Style } from "../../foundation/text/index.ts";
import { packageDirectory } from "../../service/index.ts";
import { type Command, EXIT, type Invocation, choiceError, printJson, underRoot, usageError } from "./command.ts";
import { tools } from "../drop-in/index.ts";
import { paint } from "./paint.ts";
import { errnoText, fileRefusalText } from "../errno-texts.ts";

/** What is at a place where a link belongs: nothing, our link, or something else. */
type Found = "nothing" | "ours" | "other";

interface Place {
  readonly name: string;
  readonly path: string;
  /** Where a link of ours leads. */
  readonly target: string;
  readonly found: Found;
}

const ACTIONS = ["link", "unlink"];

type State = "linked" | "unlinked" | "as-before" | "in-the-way" | "not-there";

const NAMES: readonly string[] = ["apparmor_parser", ...tools.map(({ name }) => name)];

function refuse(call: Invocation, text: string): number {
  call.io.err(`armorer tools: ${displayText(text)}\n`);
  return EXIT.bad;
}

/** Where the commands are, as the system calls it that gets the links. */
function commandsIn({ io, root }: Invocation): string {
  const own = resolve(packageDirectory(), "bin");
  if (root === undefined) return own;
  const [top, real] = [root, own].map((path) => io.realPath(path) ?? path);
  return top !== undefined && top !== "/" && real !== undefined && isInside(real, top) ? real.slice(top.length) : own;
}

/** The places in a directory; a sentence where one cannot be looked at. */
function look(directory: string, call: Invocation): readonly Place[] | string {
  const { io } = call;
  const places: Place[] = [];
  const commands = commandsIn(call);
  for (const name of NAMES) {
    const [path, target] = [join(directory, name), `${commands}/${name}`];
    const there = io.links.target(path);
    const isEmpty = !there.ok && there.error.errno === "ENOENT" && io.files.kind(directory) === "directory";
    if (!there.ok && !isEmpty) return `${there.error.path}: ${fileRefusalText(there.error)}`;
    const isOurs = there.ok && there.value === target;
    places.push({ name, path, target, found: isEmpty ? "nothing" : isOurs ? "ours" : "other" });
  }
  return places;
}

/** Makes what is missing, all of it or nothing; a sentence where that does not go. */
function link(places: readonly Place[], { io }: Invocation): string | undefined {
  const made: Place[] = [];
  for (const place of places.filter(({ found }) => found === "nothing")) {
    const done = io.links.make(place.path, place.target);
    if (!done.ok) {
      for (const one of made) io.links.remove(one.path, one.target);
      return `${done.error.path}: ${fileRefusalText(done.error)}; no link was made`;
    }
    made.push(place);
  }
  return undefined;
}

function unlink(places: readonly Place[], { io }: Invocation): string | undefined {
  for (const { path, target } of places.filter(({ found }) => found === "ours")) {
    const done = io.links.remove(path, target);
    if (!done.ok) return `${done.error.path}: ${fileRefusalText(done.error)}`;
  }
  return undefined;
}

function stateOf(action: string, { found }: Place): State {
  if (action === "link") return found === "nothing" ? "linked" : found === "ours" ? "as-before" : "in-the-way";
  return found === "ours" ? "unlinked" : found === "nothing" ? "not-there" : "as-before";
}

const words: Readonly<Record<State, string>> = {
  linked: "linked",
  unlinked: "link removed",
  "as-before": "left as it was",
  "not-there": "is not there",
  "in-the-way": "is there already, and is no link of ours",
};

/** What is said where nothing is done. */
const dryWords: Readonly<Record<State, string>> = {
  ...words,
  linked: "would be linked",
  unlinked: "the link would be removed",
  "as-before": "would be left as it is",
};

const STYLES: Partial<Record<State, Style>> = { linked: "good", unlinked: "good", "in-the-way": "error" };

function run(call: Invocation): number {
  const [action = "", given, ...others] = call.operands;
  if (!ACTIONS.includes(action)) return choiceError(call.io, "tools", call.operands[0], ACTIONS);
  if (given === undefined || others.length > 0) return usageError(call.io, "tools", "takes one directory");
  const directory = underRoot(call, resolve(call.io.workingDirectory, given));
  const kind = call.io.files.kind(directory);
  if (kind !== "directory")
    return refuse(call, `${directory}: ${kind === undefined ? "there is no such directory" : errnoText("ENOTDIR")}`);
  const places = look(directory, call);
  if (typeof places === "string") return refuse(call, places);
  const lost = places.find(({ target }) => call.io.files.kind(underRoot(call, target)) !== "file");
  if (action === "link" && lost !== undefined)
    return refuse(call, `there is no ${underRoot(call, lost.target)}: the links would lead nowhere in that system`);
  const states = places.map((place) => ({ name: place.name, path: place.path, state: stateOf(action, place) }));
  const isBlocked = states.some(({ state }) => state === "in-the-way");
  const dryRun = call.has("dry-run");
  if (!dryRun && !isBlocked) {
    const failed = action === "link" ? link(places, call) : unlink(places, call);
    if (failed !== undefined) return refuse(call, failed);
  }
  if (call.json)
    printJson(call.io, "armorer/tools/1", { action, directory, dryRun, changed: !dryRun && !isBlocked, tools: states });
  else {
    for (const { path, state } of states) {
      if (!isBlocked || state === "in-the-way")
        call.io.out([`${displayText(path)}: `, paint((dryRun ? dryWords : words)[state], STYLES[state]), "\n"]);
    }
    if (dryRun && !isBlocked) call.io.out("Nothing was changed (--dry-run).\n");
  }
  if (action === "unlink" && !states.some(({ state }) => state === "unlinked"))
    return refuse(call, `no link of ours is in ${directory}: nothing was taken away`);
  if (!isBlocked) return EXIT.fine;
  return refuse(call, "nothing was linked; remove what is in the way, or choose another directory");
}

export const command: Command = {
  name: "tools",
  summary: "put the commands of AppArmor into a directory, as links to armorer's",
  usage: "link|unlink DIR",
  options: [{ key: "dry-run", long: "dry-run", short: "n", about: "say what would be done, and change nothing" }],
  examples: [
    ["armorer tools link /usr/local/sbin", "apparmor_parser, aa-status and the others are armorer's from now on"],
    ["armorer tools unlink /usr/local/sbin", "take the links away again"],
  ],
  details:
    "Installing armorer does not put these names on the path, so that it does not stand in front of a system's own commands unasked.\n" +
    "What is in the way is never replaced: then nothing is linked at all. Links that lead elsewhere are left alone.",
  run,
};
