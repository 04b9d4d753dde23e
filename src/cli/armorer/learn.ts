import {
  type AuditEvent,
  type LearnResult,
  type LearnedProposal,
  loadLearner,
  openLog,
  readAudit,
} from "../../app/index.ts";
import { displayText, encodeBytes, unifiedDiff } from "../../foundation/text/index.ts";
import { nodeLogs } from "../../host/index.ts";
import { type Command, EXIT, type Invocation, baseOption, printJson, usageError } from "./command.ts";
import { errnoText, fileRefusalText } from "../errno-texts.ts";
import { policySettings } from "./policy-options.ts";
import { askLine } from "./prompt.ts";
import { logSource } from "./audit.ts";

async function readEvents(call: Invocation): Promise<readonly AuditEvent[] | string> {
  const source = logSource(call);
  if (source === "wrong") return `there is no source \`${call.value("source") ?? ""}\``;
  const since = call.value("since");
  const logs = nodeLogs(call.root === undefined ? {} : { root: call.root });
  const opened = await openLog(logs, source, { follow: false, ...(since !== undefined && { since }) });
  if (!opened.ok) return opened.error.map(({ path, errno }) => `${path}: ${errnoText(errno)}`).join("; ");
  const { reading } = await readAudit(opened.value, {});
  return reading.events.map((logged) => logged.event);
}

function proposalText(proposal: LearnedProposal): string {
  const times = proposal.count === 1 ? "once" : `${proposal.count} times`;
  const head = `${proposal.profile}: ${proposal.subject} (${times}${proposal.status === "needed" ? "" : `, ${proposal.status}`})`;
  const ways = proposal.candidates.map(({ kind, reason, excess, rules }, index) => {
    const mark = proposal.taken === index ? "*" : " ";
    const written = rules.join(" ").replace(/\s+/g, " ");
    return `  ${mark} ${index + 1}. ${kind}: ${written === "" ? "" : `${written}  — `}${reason}${excess > 0 ? ` (brings ${excess} rules nothing asked for)` : ""}`;
  });
  return [head, ...ways].map((line) => `${displayText(line)}\n`).join("");
}

/** Asks a person; an empty line takes the first way, `s` none. */
function choose(call: Invocation): ((proposal: LearnedProposal) => number | undefined) | undefined {
  if (!call.has("ask")) return undefined;
  return (proposal) => {
    if (proposal.status !== "needed" && proposal.status !== "companion") return proposal.taken;
    call.io.err(proposalText(proposal));
    for (;;) {
      const answer = askLine(
        call.io,
        `take 1-${proposal.candidates.length}, s to skip [${(proposal.taken ?? 0) + 1}]: `,
      );
      if (answer === undefined || answer === "s") return undefined;
      const index = answer === "" ? (proposal.taken ?? 0) : Number(answer) - 1;
      if (proposal.candidates[index] !== undefined) return index;
    }
  };
}

function print(result: LearnResult, call: Invocation): void {
  const { io } = call;
  if (call.json) {
    printJson(io, "armorer/learn/1", {
      ...result,
      files: result.files.map((file) => ({ ...file, before: file.before ?? null })),
    });
    return;
  }
  if (!call.has("ask")) for (const proposal of result.proposals) io.out(proposalText(proposal));
  for (const { path, before, after, problems } of result.files) {
    const diff = unifiedDiff(before ?? "", after, {
      oldName: before === undefined ? "/dev/null" : path,
      newName: path,
    });
    io.out(diff);
    for (const problem of problems) io.err(`armorer learn: ${displayText(path)}: ${problem}\n`);
  }
  for (const path of result.unreadable) io.err(`note: not all of ${displayText(path)} can be read\n`);
}

function write(result: LearnResult, call: Invocation): boolean {
  let fine = true;
  for (const { path, before, after } of result.files) {
    if (before === after) continue;
    const written = call.io.files.write(path, encodeBytes(after), {
      mode: 0o644,
      expected: before === undefined ? "absent" : encodeBytes(before),
      // Nobody should have to answer the same questions again.
      keepBeside: true,
    });
    if (written.ok) continue;
    fine = false;
    call.io.err(`armorer learn: ${displayText(path)}: ${fileRefusalText(written.error)}\n`);
  }
  return fine;
}

async function run(call: Invocation): Promise<number> {
  if (call.operands.length > 0) return usageError(call.io, "learn", "takes no operands; name a file with --log");
  const policy = policySettings(call);
  if (!policy.ok) return usageError(call.io, "learn", displayText(policy.error));
  const events = await readEvents(call);
  if (typeof events === "string") {
    call.io.err(`armorer learn: ${displayText(events)}\n`);
    return EXIT.bad;
  }
  const learn = await loadLearner();
  const request = {
    events,
    profile: call.value("profile"),
    createProfiles: call.has("create"),
    choose: choose(call),
  };
  const result = learn(request, policy.value, call.io.files);
  print(result, call);
  const fine = !call.has("write") || write(result, call);
  return fine && result.files.every(({ problems }) => problems.length === 0) ? EXIT.fine : EXIT.bad;
}

export const command: Command = {
  name: "learn",
  summary: "propose rules for what a log says was refused, and write them",
  usage: "[OPTION]...",
  options: [
    baseOption,
    {
      key: "include",
      long: "Include",
      short: "I",
      value: "required",
      valueName: "DIR",
      about: "search DIR for includes; may be repeated",
    },
    {
      key: "log",
      long: "log",
      short: "f",
      value: "required",
      valueName: "FILE",
      about: "read this file; `-` is standard input",
    },
    {
      key: "source",
      long: "source",
      value: "required",
      valueName: "NAME",
      about: "audit-log, journal or kmsg (the first that can be read)",
    },
    { key: "since", long: "since", value: "required", valueName: "TIME", about: "only what is newer (journal)" },
    {
      key: "profile",
      long: "profile",
      short: "p",
      value: "required",
      valueName: "NAME",
      about: "only this profile and its children",
    },
    { key: "create", long: "create", about: "make profiles that the log knows and the policy does not" },
    { key: "ask", long: "ask", short: "a", about: "ask which way to take; else the first of each is taken" },
    { key: "write", long: "write", short: "w", about: "write the changed files; else only show what would change" },
  ],
  details:
    "Each proposal tells what was refused, how often, and the ways to permit it, best first. Files keep their comments and order.",
  run,
};
