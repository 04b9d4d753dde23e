/**
 * What the dialogues of aa-logprof and its kin ask, as values (tools 12, 14): a flow yields what it has to say or ask and is given the
 * reply; whether letters on a terminal or JSON lines carry it is the face's business. Where no reply comes any more, the face lets the
 * flow rest, and nothing that a flow would have done later happens.
 */

/** One thing that a menu offers. */
export interface MenuItem {
  /** A lower-case letter. */
  readonly key: string;
  /** With the letter in parentheses: `(A)llow`. */
  readonly label: string;
  /** What it does, for the help. */
  readonly about: string;
  /** Not part of the protocol that programs speak. */
  readonly isForPeople?: boolean;
}

export interface Menu {
  readonly kind: "promptuser";
  readonly title?: string;
  /** A number is a severity. */
  readonly headers: readonly (readonly [label: string, value: string | number])[];
  /** Of the marked option, where each has its own. */
  readonly explanation?: string | ((selected: number) => string | undefined);
  readonly options: readonly string[];
  readonly items: readonly MenuItem[];
  readonly defaultKey?: string;
  /** The option that is marked. */
  readonly selected: number;
  /** Which question it is, of how many as things are. */
  readonly progress?: string;
}

/** What is explained while this option is marked. */
export function explanationOf({ explanation }: Menu, selected: number): string | undefined {
  return typeof explanation === "function" ? explanation(selected) : explanation;
}

export type Ask =
  | { readonly kind: "info" | "important"; readonly text: string }
  | { readonly kind: "yesno"; readonly text: string; readonly preset: "y" | "n" }
  | { readonly kind: "getstring"; readonly text: string; readonly preset: string }
  | { readonly kind: "changes"; readonly header: string; readonly diff: string }
  | Menu;

export type Reply =
  | { readonly kind: "said" }
  | { readonly kind: "yesno"; readonly yes: boolean }
  | { readonly kind: "getstring"; readonly text: string }
  | { readonly kind: "promptuser"; readonly key: string; readonly selected: number };

/** A dialogue that ends in a `T`. */
export type Flow<T> = Generator<Ask, T, Reply>;

/** Where a dialogue is held. */
export interface Face {
  /** Says or asks; `undefined`: nobody is there to answer any more. `wrong` ends the dialogue with what is wrong about the answer. */
  readonly put: (ask: Ask) => Reply | { readonly kind: "wrong"; readonly text: string } | undefined;
}

/** Goes through a flow; `ended` where the answers stopped, with what was wrong about the last one. */
export function hold<T>(flow: Flow<T>, face: Face): { readonly result: T } | { readonly ended: string | undefined } {
  let step = flow.next({ kind: "said" });
  while (step.done !== true) {
    const reply = face.put(step.value);
    if (reply === undefined) return { ended: undefined };
    if (reply.kind === "wrong") return { ended: reply.text };
    step = flow.next(reply);
  }
  return { result: step.value };
}

export function* info(text: string): Flow<void> {
  yield { kind: "info", text };
}

export function* important(text: string): Flow<void> {
  yield { kind: "important", text };
}

export function* yesNo(text: string, preset: "y" | "n"): Flow<boolean> {
  const reply = yield { kind: "yesno", text, preset };
  return reply.kind === "yesno" ? reply.yes : preset === "y";
}

export function* getString(text: string, preset: string): Flow<string> {
  const reply = yield { kind: "getstring", text, preset };
  return reply.kind === "getstring" ? reply.text : preset;
}

/** The key that was chosen, one of the menu's, and the marked option. */
export function* choose(menu: Omit<Menu, "kind">): Flow<{ readonly key: string; readonly selected: number }> {
  for (;;) {
    const reply = yield { kind: "promptuser", ...menu };
    if (reply.kind !== "promptuser") continue;
    const { key, selected } = reply;
    const isThere =
      menu.options.length === 0 || (Number.isInteger(selected) && selected >= 0 && selected < menu.options.length);
    if (menu.items.some((item) => item.key === key) && isThere) return { key, selected };
  }
}
