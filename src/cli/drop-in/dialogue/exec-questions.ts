/** Who confines a program that is started (tools 12.4), and whether a hat that is asked for is made (12.5). */
import type { LearnQuestion } from "../../../app/index.ts";
import { type Flow, type Menu, type MenuItem, choose, getString, info, yesNo } from "./asks.ts";
import { rate } from "./rating.ts";
import { ABORT, BACK, FINISH, IGNORE, type Run, type Step, abandon, back, progressOf, take } from "./run.ts";

type Way = "inherit" | "child" | "profile" | "unconfined" | "deny";

const ALL_WAYS = "ipcnu";

function programOf({ proposal }: LearnQuestion): string {
  return proposal.id.slice(`${proposal.profile} exec `.length);
}

/** The keys in their order; with a fallback the ways that have one come by other names. */
function waysOf(run: Run, asked: LearnQuestion, fallsBack: boolean): readonly MenuItem[] {
  const letters = run.qualifiers.get(programOf(asked)) ?? ALL_WAYS;
  const has = (kind: Way): boolean => asked.proposal.candidates.some((one) => one.kind === kind);
  const suffix = fallsBack ? " Inherit" : "";
  const items: (MenuItem | false)[] = [
    letters.includes("i") &&
      has("inherit") && { key: "h", label: "In(h)erit", about: "it runs under its caller's rules" },
    letters.includes("c") &&
      has("child") && { key: "c", label: `(C)hild${suffix}`, about: "it gets rules of its own, for this caller only" },
    letters.includes("p") &&
      has("profile") && {
        key: "p",
        label: `(P)rofile${suffix}`,
        about: "it gets the profile that attaches to it, or a new one",
      },
    letters.includes("n") &&
      has("profile") && {
        key: "n",
        label: `(N)amed${suffix}`,
        about: "it gets the profile of a name that is asked for",
      },
    letters.includes("u") &&
      has("unconfined") &&
      !fallsBack && { key: "u", label: "(U)nconfined", about: "it may do everything" },
    has("inherit") && {
      key: "x",
      label: fallsBack ? "(X) ix Off" : "(X) ix On",
      about: "whether it inherits where there is no profile",
    },
    letters.includes("u") &&
      has("unconfined") &&
      fallsBack && { key: "u", label: "(U)nconfined", about: "it may do everything" },
    { key: "d", label: "(D)eny", about: "it may not be started, and no log speaks of it" },
  ];
  return [...items.filter((item) => item !== false), BACK, ABORT, IGNORE, FINISH];
}

const SCRUB =
  "Shall the environment be cleaned when the program is started? It is safer; few programs need variables like LD_PRELOAD or LD_LIBRARY_PATH of their caller.";

function* named(run: Run, asked: LearnQuestion, fallsBack: boolean): Flow<boolean> {
  const isLocal = yield* yesNo("Is it a child of this profile?", "n");
  const target = yield* getString("Enter profile name to transition to: ", programOf(asked));
  const scrubbed = yield* yesNo(SCRUB, "y");
  return yield* takeWay(run, asked, isLocal ? "child" : "profile", {
    target,
    scrubbed,
    ...(fallsBack && { fallsBack }),
  });
}

function* takeWay(
  run: Run,
  { proposal, choices }: LearnQuestion,
  way: Way,
  variation?: { readonly target?: string; readonly scrubbed?: boolean; readonly fallsBack?: boolean },
): Flow<boolean> {
  const at = proposal.candidates.findIndex(({ kind }) => kind === way);
  const choice = choices[at];
  if (choice === undefined) return false;
  const answer = { question: proposal.id, choice, ...(variation !== undefined && { variation }) };
  const shown = run.session.preview(answer);
  const isTaken = yield* take(run, answer);
  if (isTaken && shown.ok) yield* info(`Adding ${shown.value.rules[0] ?? ""} to profile.`);
  return isTaken;
}

export function* execQuestion(run: Run, asked: LearnQuestion): Flow<Step> {
  let fallsBack = false;
  const { profile } = asked.proposal;
  for (;;) {
    const menu: Omit<Menu, "kind"> = {
      headers: [
        ["Profile", profile],
        ["Execute", programOf(asked)],
        ["Severity", rate(asked, run.ratings)],
      ],
      options: [],
      items: waysOf(run, asked, fallsBack),
      selected: 0,
      progress: progressOf(run, run.session.questions()),
    };
    const { key } = yield* choose(menu);
    if (key === "b") return yield* back(run);
    if (key === "f") return "finish";
    if (key === "r") {
      const step = yield* abandon();
      if (step === "abandon") return step;
    } else if (key === "x") fallsBack = !fallsBack;
    else if (key === "i") {
      if (yield* take(run, { question: asked.proposal.id, choice: "skip" })) return "next";
    } else if (yield* takeKey(run, asked, key, fallsBack)) return "next";
  }
}

/** Whether the key came to an answer. */
function* takeKey(run: Run, asked: LearnQuestion, key: string, fallsBack: boolean): Flow<boolean> {
  switch (key) {
    case "h":
      return yield* takeWay(run, asked, "inherit");
    case "d":
      return yield* takeWay(run, asked, "deny");
    case "n":
      return yield* named(run, asked, fallsBack);
    case "u": {
      if (!(yield* yesNo("The program will be confined by nothing. Are you certain?", "n"))) return false;
      return yield* takeWay(run, asked, "unconfined", { scrubbed: yield* yesNo(SCRUB, "y") });
    }
    default: {
      const scrubbed = yield* yesNo(SCRUB, "y");
      return yield* takeWay(run, asked, key === "c" ? "child" : "profile", {
        scrubbed,
        ...(fallsBack && { fallsBack }),
      });
    }
  }
}

export function* hatQuestion(run: Run, asked: LearnQuestion): Flow<Step> {
  const { proposal, choices } = asked;
  const instead = proposal.candidates.findIndex(({ kind }) => kind === "default-hat");
  const defaultHat = instead < 0 ? undefined : run.defaultHatOf(proposal.profile);
  for (;;) {
    const { key } = yield* choose({
      headers: [
        ["Profile", proposal.profile],
        ...(defaultHat === undefined ? [] : [["Default Hat", defaultHat] as const]),
        ["Requested Hat", proposal.subject],
      ],
      options: [],
      items: [
        {
          key: "a",
          label: "(A)dd Requested Hat",
          about: "the profile gets the hat, and it the rules of what was done in it",
        },
        ...(defaultHat === undefined
          ? []
          : [{ key: "u", label: "(U)se Default Hat", about: "what was done in it counts for the default hat" }]),
        { key: "d", label: "(D)eny", about: "the profile stays without it, and what was done in it is not asked" },
        BACK,
        ABORT,
        FINISH,
      ],
      defaultKey: "d",
      selected: 0,
      progress: progressOf(run, run.session.questions()),
    });
    if (key === "b") return yield* back(run);
    if (key === "f") return "finish";
    if (key === "r") {
      const step = yield* abandon();
      if (step === "abandon") return step;
    } else {
      const choice = key === "a" ? choices[0] : key === "u" ? choices[instead] : undefined;
      if (yield* take(run, { question: proposal.id, choice: choice ?? "skip" })) return "next";
    }
  }
}
