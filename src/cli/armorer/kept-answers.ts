/** Answers that outlive the process: a file that holds them in their order, written anew, and whole, with each that is given. */
import type { LearnAnswer, LearnSession } from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { decodeBytes, encodeBytes } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import type { CliIo } from "../io.ts";

const FORMAT = "armorer/answers/1";
const FOREIGN = "it is no plain file that you alone may write, so that its answers may not be yours";

export interface KeptAnswers {
  readonly path: string;
  /** The session with all the answers that are about something it asks. */
  readonly session: LearnSession;
  /** About what is not asked: another log's, or what the policy permits by now. They stay in the file. */
  readonly others: readonly LearnAnswer[];
  readonly given: number;
  /** Their choices are there no longer, and their questions are asked again. */
  readonly outdated: number;
}

const TEXTS: ReadonlySet<string> = new Set(["path", "target"]);
const FLAGS: ReadonlySet<string> = new Set(["audit", "owner", "scrubbed", "fallsBack"]);

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isVariation(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return Object.entries(value).every(([key, one]) =>
    TEXTS.has(key) ? typeof one === "string" : FLAGS.has(key) && typeof one === "boolean",
  );
}

function isAnswer(value: unknown): value is LearnAnswer {
  if (!isRecord(value)) return false;
  const { question, choice, variation } = value;
  return (
    typeof question === "string" && typeof choice === "string" && (variation === undefined || isVariation(variation))
  );
}

function answersIn(text: string): readonly LearnAnswer[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || value["schema"] !== FORMAT || !Array.isArray(value["answers"])) return undefined;
    const answers: readonly unknown[] = value["answers"];
    return answers.every(isAnswer) ? answers : undefined;
  } catch {
    return undefined;
  }
}

/** Gives a session the answers of a file; one that is not there holds none. Errors: why it cannot be used, in a sentence. */
export function giveKept(opened: LearnSession, path: string, io: CliIo): Outcome<KeptAnswers, string> {
  // An answer confirms: what somebody else could have put there was confirmed by nobody.
  const own = io.files.readOwn(path);
  if (!own.ok && own.error.errno !== "ENOENT") {
    const isForeign = own.error.errno === "EPERM" || own.error.errno === "ELOOP";
    return fail(`${path}: ${isForeign ? FOREIGN : fileRefusalText(own.error)}`);
  }
  const answers = own.ok ? answersIn(decodeBytes(own.value.bytes)) : [];
  if (answers === undefined) return fail(`${path} holds no answers that were kept by \`armorer learn\``);
  const others: LearnAnswer[] = [];
  let session = opened;
  let [given, outdated] = [0, 0];
  for (const answer of answers) {
    const next = session.answer(answer);
    if (next.ok) {
      session = next.value;
      given += 1;
    } else if (next.error === "no-such-choice" || next.error === "no-such-rule") outdated += 1;
    else others.push(answer);
  }
  const kept: KeptAnswers = { path, session, others, given, outdated };
  const problem = keepAnswers(kept, session, io);
  return problem === undefined ? ok(kept) : fail(problem);
}

/** Writes what was answered by now; why not, in a sentence. */
export function keepAnswers({ path, others }: KeptAnswers, session: LearnSession, io: CliIo): string | undefined {
  const text = `${JSON.stringify({ schema: FORMAT, answers: [...others, ...session.answers()] }, undefined, 1)}\n`;
  const written = io.files.write(path, encodeBytes(text), { mode: 0o600 });
  return written.ok ? undefined : `the answers cannot be kept: ${path}: ${fileRefusalText(written.error)}`;
}

function counted(count: number): string {
  return count === 1 ? "1 answer" : `${count} answers`;
}

/** What the file had to say, for people. */
export function keptText({ given, others, outdated, path }: KeptAnswers): readonly string[] {
  return [
    ...(given > 0 ? [`${counted(given)} of ${path} given again`] : []),
    ...(others.length > 0 ? [`${counted(others.length)} of ${path} about what is not asked (any more)`] : []),
    ...(outdated > 0 ? [`${counted(outdated)} of ${path} left out: the choice is not there any more`] : []),
  ];
}
