/** Whether a rule is added (tools 12.6): the options, and what the keys make of the marked one. */
import type { LearnAnswer, LearnQuestion } from "../../../app/index.ts";
import { openedText } from "../../opened-text.ts";
import { type Flow, type MenuItem, choose, getString, info, yesNo } from "./asks.ts";
import { globbed, globbedWithExtension } from "./glob-keys.ts";
import { isAudited, ruleHeaders } from "./headers.ts";
import { rate } from "./rating.ts";
import { ABORT, BACK, FINISH, IGNORE, type Run, type Step, abandon, back, progressOf, take } from "./run.ts";

/** One option of a question: a candidate, or a pattern in the place of its path. */
interface Option {
  readonly at: number;
  readonly path: string | undefined;
  readonly isRule: boolean;
}

/** What the keys have changed about a question so far. */
interface Editing {
  readonly asked: LearnQuestion;
  readonly options: Option[];
  selected: number;
  audit: boolean | undefined;
  owner: boolean | undefined;
}

function answerOf(
  { proposal, choices }: LearnQuestion,
  editing: Editing,
  { at, path, isRule }: Option,
  denies = false,
): LearnAnswer {
  const { audit, owner } = editing;
  const denial = proposal.candidates.findIndex(({ kind }) => kind === "deny");
  const own = isRule ? { ...(audit !== undefined && { audit }), ...(owner !== undefined && !denies && { owner }) } : {};
  const where = denies ? (path ?? proposal.candidates[at]?.path) : path;
  const variation = { ...own, ...(where !== undefined && { path: where }) };
  const choice = choices[denies ? denial : at] ?? "skip";
  return { question: proposal.id, choice, ...(Object.keys(variation).length > 0 && { variation }) };
}

/** What each option would write; one that cannot be had as it was changed is shown unchanged. */
function textOf(run: Run, asked: LearnQuestion, editing: Editing, option: Option): string {
  const shown = run.session.preview(answerOf(asked, editing, option));
  const rules = shown.ok ? shown.value.rules : (asked.proposal.candidates[option.at]?.rules ?? []);
  return rules.length === 0
    ? (asked.proposal.candidates[option.at]?.reason ?? "")
    : rules.join(" ").replace(/^(include <[^>]*>),?$/, "$1");
}

const upperCase = (letter: string): string => letter.toUpperCase();

/** What should be known of an option before it is taken: an include's is what it opens. */
function explained(run: Run, asked: LearnQuestion, editing: Editing, selected: number): string | undefined {
  const option = editing.options[selected];
  const answer = option && answerOf(asked, editing, option);
  const shown = answer && run.session.preview(answer);
  const cautions = shown?.ok === true ? shown.value.cautions : [];
  const lines = [
    asked.proposal.note,
    cautions.length === 0 ? undefined : `Look twice: ${cautions.join("; ")}.`,
    ...openedText(answer && run.session.opened(answer)).map((line) => line.replace(/^[a-z]/, upperCase)),
  ];
  const said = lines.filter((line) => line !== undefined);
  return said.length === 0 ? undefined : said.join("\n");
}

/** Whether the rule itself is a denial: there is nothing to allow. */
function isDenial({ proposal: { wanted } }: LearnQuestion): boolean {
  return wanted !== undefined && wanted.kind !== "rlimit" && wanted.mode === "deny";
}

/**
 * The candidates that no key makes of another: includes, the rule for what was wanted, exactly or as a pattern; and patterns that were
 * written for other questions and fit this one.
 */
function startEditing(run: Run, asked: LearnQuestion): Editing {
  const { candidates, wanted, taken } = asked.proposal;
  const isOwners = wanted?.kind === "file" && wanted.owner === "owner";
  const plain = candidates.findIndex(({ kind }) => kind !== "abstraction" && kind !== "deny");
  const options = candidates.flatMap(({ kind, rules }, at): readonly Option[] => {
    if (kind === "deny" || (kind === "glob" && at !== plain)) return [];
    if (isOwners && kind !== "abstraction" && rules.some((rule) => !rule.startsWith("owner "))) return [];
    return [{ at, path: undefined, isRule: kind !== "abstraction" && wanted !== undefined }];
  });
  const audit = isAudited(wanted) || undefined;
  const editing: Editing = { asked, options, selected: 0, audit, owner: undefined };
  const suggested = options.findIndex(({ at }) => at === taken);
  if (suggested > 0) editing.selected = suggested;
  if (wanted?.kind !== "file") return editing;
  for (const path of run.patterns) addPath(run, editing, path, false);
  for (const [part, pattern] of run.globs) {
    if (part.test(wanted.path))
      addPath(
        run,
        editing,
        wanted.path.replace(part, () => pattern),
        false,
      );
  }
  return editing;
}

function exactAt({ proposal }: LearnQuestion): number {
  return proposal.candidates.findIndex(
    ({ kind, path }) => kind !== "abstraction" && kind !== "deny" && path !== undefined,
  );
}

/** Appends a path as an option, where it may be written, and marks it; `false`: it may not. */
function addPath(run: Run, editing: Editing, path: string, isMarked: boolean): boolean {
  const { asked } = editing;
  const at = exactAt(asked);
  if (at < 0) return false;
  const option: Option = { at, path, isRule: true };
  const answer = answerOf(asked, editing, option);
  if (!run.session.preview(answer).ok || (!isMarked && !run.session.fits(answer))) return false;
  const known = editing.options.findIndex(
    (one) => textOf(run, asked, editing, one) === textOf(run, asked, editing, option),
  );
  if (known < 0) editing.options.push(option);
  if (isMarked) editing.selected = known < 0 ? editing.options.length - 1 : known;
  return true;
}

function itemsOf(asked: LearnQuestion, { audit, owner }: Editing): readonly MenuItem[] {
  const { proposal } = asked;
  const isFile = proposal.wanted?.kind === "file";
  const isOwners = proposal.wanted?.kind === "file" && proposal.wanted.owner === "owner";
  const canDeny = isDenial(asked) || proposal.candidates.some(({ kind }) => kind === "deny");
  const items: (MenuItem | false)[] = [
    !isDenial(asked) && { key: "a", label: "(A)llow", about: "add the marked rule" },
    canDeny && {
      key: "d",
      label: "(D)eny",
      about: "add the marked rule as a denial: it stays refused, and no log speaks of it",
    },
    IGNORE,
    isFile && { key: "g", label: "(G)lob", about: "a pattern one level wider than the marked path" },
    isFile && { key: "e", label: "Glob with (E)xtension", about: "the same for files whose names end alike" },
    isFile && { key: "n", label: "(N)ew", about: "write a path or pattern of your own" },
    proposal.wanted !== undefined &&
      proposal.wanted.kind !== "rlimit" && {
        key: "t",
        label: audit === true ? "Audi(t) off" : "Audi(t)",
        about: "whether the rule's uses are logged",
      },
    isOwners && {
      key: "o",
      label: `(O)wner permissions ${owner === false ? "on" : "off"}`,
      about: "whether only the user's own files are meant",
    },
    BACK,
    ABORT,
    FINISH,
  ];
  return items.filter((item) => item !== false);
}

export function* ruleQuestion(run: Run, asked: LearnQuestion): Flow<Step> {
  const editing = startEditing(run, asked);
  for (;;) {
    const items = itemsOf(asked, editing);
    const { key, selected } = yield* choose({
      headers: ruleHeaders(asked, rate(asked, run.ratings), editing.audit === true),
      options: editing.options.map((option) => textOf(run, asked, editing, option)),
      items,
      ...(items.some((item) => item.key === "d") && { defaultKey: "d" }),
      selected: editing.selected,
      progress: progressOf(run, run.session.questions()),
      explanation: (marked) => explained(run, asked, editing, marked),
    });
    editing.selected = selected;
    if (key === "b") return yield* back(run);
    if (key === "f") return "finish";
    if (key === "r") {
      const step = yield* abandon();
      if (step === "abandon") return step;
    } else if (yield* takeKey(run, asked, editing, key)) return "next";
  }
}

/** Whether the key came to an answer. */
function* takeKey(run: Run, asked: LearnQuestion, editing: Editing, key: string): Flow<boolean> {
  const option = editing.options[editing.selected];
  if (option === undefined) return false;
  switch (key) {
    case "a":
      return yield* takeOption(run, answerOf(asked, editing, option));
    case "d":
      if (isDenial(asked)) return yield* takeOption(run, answerOf(asked, editing, option));
      if (asked.proposal.candidates[option.at]?.kind !== "abstraction")
        return yield* takeOption(run, answerOf(asked, editing, option, true));
      yield* info("An include cannot be denied; mark a rule.");
      return false;
    case "i":
      return yield* take(run, { question: asked.proposal.id, choice: "skip" });
    case "t":
      editing.audit = editing.audit !== true;
      return false;
    case "o":
      editing.owner = editing.owner === false;
      return false;
    default:
      yield* newPath(run, asked, editing, key);
      return false;
  }
}

function* takeOption(run: Run, answer: LearnAnswer): Flow<boolean> {
  const shown = run.session.preview(answer);
  const isTaken = yield* take(run, answer);
  if (isTaken && shown.ok) for (const rule of shown.value.rules) yield* info(`Adding ${rule} to profile.`);
  return isTaken;
}

function* newPath(run: Run, asked: LearnQuestion, editing: Editing, key: string): Flow<void> {
  const option = editing.options[editing.selected];
  const { candidates } = asked.proposal;
  const path = option?.path ?? candidates[option?.at ?? -1]?.path;
  if (path === undefined) {
    if (key !== "n") return;
  } else if (key === "g" || key === "e") {
    addPath(run, editing, key === "g" ? globbed(path) : globbedWithExtension(path), true);
    return;
  }
  const written = yield* getString("Enter new path: ", path ?? candidates[exactAt(asked)]?.path ?? "");
  if (!/^(?:\/|@\{)/.test(written)) return yield* info("A path begins with a slash or a variable.");
  const answer = answerOf(asked, editing, { at: exactAt(asked), path: written, isRule: true });
  if (!run.session.preview(answer).ok) return yield* info("This cannot be written as a rule.");
  const fits = run.session.fits(answer);
  if (
    !fits &&
    !(yield* yesNo(
      `The path does not match what was logged (${asked.proposal.subject}). Do you really want to use it?`,
      "n",
    ))
  )
    return;
  addPath(run, editing, written, true);
  run.patterns.add(written);
}
