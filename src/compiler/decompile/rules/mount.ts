/** `mount`, `remount`, `umount`, `pivot_root` (kernel-abi 8.10): mount point, source and type as texts, sets of flags as cubes. */
import { kernelMountFlags, MountFlag, mountOptions } from "../../../language/tables/index.ts";
import { step } from "../../automata/index.ts";
import { MediationClass, mountBits } from "../../compiled/index.ts";
import { coverFields, type FieldCoverRule, type FieldRule, type FieldText, isAnyField } from "../fields.ts";
import type { Alphabet } from "../flat-patterns.ts";
import { anyCubes, COMMANDS, type Cube, CubeTable, PROPAGATION } from "../mount-flags.ts";
import { type Place, type Said, saidAt, saidNothing, type Strings, unfold } from "../unfolded.ts";
import { type ClassRules, nothingSaid, type Policydb, shortened } from "../class-rules.ts";

const FLAGS = 3;
/** Before the mount point, which begins with a slash. */
const START = 4;
const SLASH = 0x2f;
const { REMOUNT, BIND, MOVE, REC, UNBINDABLE, PRIVATE, SLAVE, SHARED } = MountFlag;

const layers = ["allow", "audit", "quiet", "prompt"] as const;

export function mountRules(policydb: Policydb): ClassRules {
  const { automaton, start, effort } = policydb;
  const { dfa } = automaton;
  if (step(dfa, start, MediationClass.mount) === 0) return nothingSaid;
  const table = new CubeTable(dfa, effort.patterns);
  const isSaid = (name: keyof Said) => (state: number) => saidAt(automaton, state, mountBits.mount)[name] !== 0;
  const collected = unfold(
    dfa,
    mountStrings(policydb, (state) => {
      for (const name of layers) table.collect(state, isSaid(name));
      return saidNothing;
    }),
    effort.patterns,
  );
  if (collected === undefined || table.isFull) return shortened;
  const flagsAt = remembered((state): Said => {
    const [allow, audit, quiet, prompt] = layers.map((name) => table.bitsAt(state, isSaid(name)));
    return { allow: allow!, audit: audit!, quiet: quiet!, prompt: prompt! };
  });
  const touchedAt = remembered(
    (state) => table.touchedAt(state, isSaid("allow")) | table.touchedAt(state, isSaid("prompt")),
  );
  const unfolded = unfold(dfa, mountStrings(policydb, flagsAt), effort.patterns);
  if (unfolded === undefined) return shortened;
  const cover = coverFields(
    unfolded,
    {
      become: (rule, { alphabet }) => sayable(rule, alphabet, table.cubes),
      unasked: unaskedAt,
      touched: (state, phase) => (phase === FLAGS ? touchedAt(state) : 0),
      spelling: (field) => (field < 2 ? "path" : "text"),
    },
    effort,
  );
  let isWhole = cover.isWhole;
  const rules = cover.rules.flatMap((rule) => {
    const texts = textsOf(withAnyPoint(rule, cover.alphabet), table.cubes);
    if (texts === undefined) isWhole = false;
    return (texts ?? []).map((text) => ({ layer: rule.layer, text }));
  });
  return { rules, isWhole };
}

/** `flagsAt`: what is said at the state before the flags. */
function mountStrings({ automaton, start }: Policydb, flagsAt: (state: number) => Said): Strings {
  const { dfa } = automaton;
  return {
    first: { phase: START, state: step(dfa, start, MediationClass.mount) },
    text: (phase) => (phase < FLAGS ? phase : -1),
    special: ({ phase, state }) => {
      if (phase === START) return [[SLASH, { phase: 0, state: step(dfa, state, SLASH) }]];
      return phase < FLAGS ? [[0, { phase: phase + 1, state: step(dfa, state, 0) }]] : [];
    },
    said: ({ phase, state }: Place) => {
      if (phase === FLAGS) return flagsAt(state);
      // what is said at the class itself only makes it mediated
      if (phase === START) return saidNothing;
      return saidAt(automaton, state, [mountBits.umount, mountBits.pivot_root][phase] ?? 0);
    },
  };
}

function remembered<T>(compute: (state: number) => T): (state: number) => T {
  const known = new Map<number, T>();
  return (state) => {
    const before = known.get(state);
    if (before !== undefined) return before;
    const value = compute(state);
    known.set(state, value);
    return value;
  };
}

function unaskedAt(state: number, phase: number): number {
  if (state === 1) return -1;
  return [~mountBits.umount, ~mountBits.pivot_root, -1, 0][phase] ?? -1;
}

/** A mount point that is any path is any mount point. */
function withAnyPoint(rule: FieldRule, alphabet: Alphabet): FieldRule {
  const [point, ...rest] = rule.fields;
  if (point === undefined || !isAnyField(point.pattern.slice(1), alphabet)) return rule;
  return { ...rule, fields: [{ ...point, isAny: true }, ...rest] };
}

type Kind = keyof typeof anyCubes;

/** The kind of mount that flags belong to. */
function kindOf(cube: Cube): Kind {
  const { required } = cube;
  for (const [kind, any] of Object.entries(anyCubes)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the table
    if (any === cube) return kind as Kind;
  }
  if ((required & REMOUNT) !== 0) return "remount";
  if ((required & BIND) !== 0) return "bind";
  if ((required & (PROPAGATION | REC)) !== 0) return "make";
  return (required & MOVE) === 0 ? "new" : "move";
}

/** The rule as far as the language has it: only a new mount has a type, remounts and changes of propagation have no source. */
function sayable(rule: FieldCoverRule, alphabet: Alphabet, cubes: readonly Cube[]): readonly FieldCoverRule[] {
  const { fields, grants } = rule;
  if (fields.length < FLAGS) {
    const own = grants & ([mountBits.umount, mountBits.pivot_root][fields.length - 1] ?? 0);
    return own === 0 ? [] : [{ ...rule, grants: own }];
  }
  const [, source, type] = fields;
  if (type === undefined || source === undefined) return [];
  const isTyped = !isAnyField(type, alphabet);
  const hasSource = !isAnyField(source, alphabet);
  const own = cubes.reduce((sum, cube, at) => {
    const kind = kindOf(cube);
    const isSaid = kind === "new" || (!isTyped && (kind === "bind" || kind === "move" || !hasSource));
    return isSaid ? sum | (grants & (1 << at)) : sum;
  }, 0);
  return own === 0 ? [] : [{ ...rule, grants: own }];
}

/** Undefined: some of it cannot be written. */
function textsOf({ fields, grants }: FieldRule, cubes: readonly Cube[]): readonly string[] | undefined {
  const [point, source, type] = fields;
  if (fields.length === 1) return [`umount${point?.isAny === true ? "" : ` ${point?.text}`},`];
  if (fields.length === 2) {
    const old = source?.isAny === true ? "" : ` oldroot=${source?.text}`;
    return [`pivot_root${old}${point?.isAny === true ? "" : ` ${point?.text}`},`];
  }
  if (point === undefined || source === undefined || type === undefined) return undefined;
  // a new mount may have no source, which is not just any
  const isEverySource = source.isAny && source.pattern.every(({ star }) => star);
  const isWideSource = isEverySource || !source.isAny;
  const parts = { point, source, type };
  const withExactSource = { point, source: { ...source, isAny: isEverySource }, type };
  const own = cubes.filter((_, at) => ((grants >>> at) & 1) === 1);
  const wide: readonly Cube[] = [
    anyCubes.new,
    ...(type.isAny ? [anyCubes.bind, anyCubes.move] : []),
    ...(type.isAny && source.isAny ? [anyCubes.remount, anyCubes.make] : []),
  ];
  const isWide = isWideSource && wide.every((cube) => own.includes(cube));
  const rest = isWide ? own.filter((cube) => !wide.includes(cube)) : own;
  const texts = rest
    .filter((cube) => !(isWide && wide.some((other) => isWithin(cube, other))))
    .map((cube) => cubeText(cube, ["new", "move"].includes(kindOf(cube)) ? withExactSource : parts));
  const known = texts.filter((text) => text !== undefined);
  if (known.length < texts.length) return undefined;
  return [...(isWide ? [`mount${operands("", parts)},`] : []), ...new Set(known)];
}

function isWithin(inner: Cube, outer: Cube): boolean {
  const every = outer.required | outer.optional;
  return (outer.required & ~inner.required) === 0 && ((inner.required | inner.optional) & ~every) === 0;
}

interface Parts {
  readonly point: FieldText;
  readonly source: FieldText;
  readonly type: FieldText;
}

function operands(options: string, { point, source, type }: Parts): string {
  const from = source.isAny ? "" : ` ${source.pattern.length === 0 ? "detached" : source.text}`;
  const to = point.isAny ? (source.isAny ? "" : " -> **") : ` -> ${point.text}`;
  return `${type.isAny ? "" : ` fstype=${type.text}`}${options}${from}${to}`;
}

/** Undefined: some of it cannot be written. */
function cubeText(cube: Cube, parts: Parts): string | undefined {
  const { required, optional } = cube;
  const kind = kindOf(cube);
  const said = (needed: number, free: number): string | undefined => {
    const options = optionsText(needed, free);
    return options && `mount${operands(options, parts)},`;
  };
  switch (kind) {
    case "remount":
      // a remount that moves is said by rules about changes of propagation alone
      if (cube === anyCubes.remount || (required & MOVE) !== 0) return undefined;
      return remountText(required & ~REMOUNT, optional, parts.point.isAny ? "" : ` ${parts.point.text}`);
    case "bind":
    case "move":
      return required === 0 || (optional & ~REC) !== 0 ? undefined : withoutLoneRec(required, optional, said);
    case "make":
      return required === 0 ? undefined : withoutLoneRec(required, optional, said);
    case "new":
      return (optional & COMMANDS) === 0 ? said(required, optional) : undefined;
  }
}

function remountText(needed: number, free: number, target: string): string | undefined {
  if (needed === 0 && free === (kernelMountFlags & ~MOVE & ~REMOUNT)) return `remount${target},`;
  return withoutLoneRec(needed, free, (own, other) => {
    const options = optionsText(own, other, "rw");
    return options && `remount${options}${target},`;
  });
}

const COMPANIONS = [BIND, UNBINDABLE, PRIVATE, SLAVE, SHARED] as const;

/** No word is for REC alone, each has another flag, too: where none that may be set has it, a rule is written with it and one without. */
function withoutLoneRec(
  needed: number,
  free: number,
  said: (needed: number, free: number) => string | undefined,
): string | undefined {
  if ((free & REC) === 0 || COMPANIONS.some((flag) => (free & flag) !== 0)) return said(needed, free);
  const texts = [said(needed, free & ~REC), said(needed | REC, free & ~REC)];
  return texts.includes(undefined) ? undefined : texts.join("\n");
}

/**
 * `options=` and `options in`. A flag that is in both may be missing, so that REC is said by a word whose other flag may be set anyway.
 * Undefined: there are no words for it.
 */
function optionsText(needed: number, free: number, none = free === 0 ? "rw" : ""): string | undefined {
  const isLoneRec = (needed & REC) !== 0 && COMPANIONS.every((flag) => (needed & flag) === 0);
  const companion = isLoneRec ? COMPANIONS.find((flag) => (free & flag) !== 0) : 0;
  if (companion === undefined) return undefined;
  const [own, other] = [optionNames(needed | companion), optionNames(free)];
  if (own === undefined || other === undefined) return undefined;
  const written = own === "" ? none : own;
  return `${written === "" ? "" : ` options=(${written})`}${other === "" ? "" : ` options in (${other})`}`;
}

const bySize = [...mountOptions]
  .filter(([word, { set }]) => set !== 0 && word.length > 1 && word !== "nouser" && !word.startsWith("make-"))
  .toSorted(([, a], [, b]) => Number(isSingle(a.set)) - Number(isSingle(b.set)));

function isSingle(set: number): boolean {
  return (set & (set - 1)) === 0;
}

/** Words for the flags, `rbind` before `bind`; undefined: one of them has none. */
function optionNames(flags: number): string | undefined {
  let left = flags;
  const names: string[] = [];
  for (const [word, { set }] of bySize) {
    if ((left & set) !== set) continue;
    names.push(word);
    left &= ~set;
  }
  return left === 0 ? names.join(", ") : undefined;
}
