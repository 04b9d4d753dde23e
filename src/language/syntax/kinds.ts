/**
 * What a token can be. Numbers, because the scanner makes hundreds of thousands of them; `tokenNames` has the words for
 * people and for `Token.kind`. Kinds below `firstSignificant` are trivia: they never reach the grammar.
 */
export const K = {
  blank: 0,
  newline: 1,
  comment: 2,
  continuation: 3,
  /** A comma that separates list elements and means nothing (1.6, LIST_VAL_MODE). */
  separator: 4,
  /** Text given up during recovery. */
  skipped: 5,

  end: 8,
  error: 9,
  id: 10,
  value: 11,
  perms: 12,
  setVariable: 13,
  booleanVariable: 14,
  condition: 15,
  conditionGroup: 16,
  flags: 17,
  identities: 18,
  priority: 19,
  include: 20,
  fileName: 21,

  caret: 30,
  arrow: 31,
  plus: 32,
  open: 33,
  close: 34,
  leftParen: 35,
  rightParen: 36,
  comma: 37,
  colon: 38,
  assign: 39,
  addAssign: 40,
  elseAssign: 41,
  overrideAssign: 42,
  equals: 43,
  set: 44,
  lessEqual: 45,
  equalTo: 46,
  notEqual: 47,
  greater: 48,
  greaterEqual: 49,
  less: 50,

  profile: 60,
  hat: 61,
  network: 62,
  unix: 63,
  capability: 64,
  if: 65,
  else: 66,
  not: 67,
  defined: 68,
  changeProfile: 69,
  unsafe: 70,
  safe: 71,
  link: 72,
  owner: 73,
  other: 74,
  subset: 75,
  audit: 76,
  deny: 77,
  allow: 78,
  prompt: 79,
  setKeyword: 80,
  rlimit: 81,
  alias: 82,
  ptrace: 83,
  file: 84,
  mount: 85,
  remount: 86,
  umount: 87,
  pivotRoot: 88,
  in: 89,
  dbus: 90,
  signal: 91,
  abi: 92,
  userns: 93,
  mqueue: 94,
  ioUring: 95,
  all: 96,
  and: 97,
  or: 98,
  /** A permission word of a rule class: `send`, `bind`, `create`, … */
  permission: 99,
  /** `sqpoll` and `override_creds`, permission words that only the top mode knows. */
  ringPermission: 100,
} as const;

/** The first kind that the grammar sees. */
export const firstSignificant = 8;

/** The word for each kind; keywords by their own spelling. */
export const tokenNames: readonly string[] = names();

function names(): readonly string[] {
  const list: string[] = [];
  for (const [name, number] of Object.entries(K)) list[number] = name;
  return list;
}

/** The modes of the scanner (1.2). */
export const M = {
  top: 0,
  subId: 1,
  subIdBlank: 2,
  assign: 3,
  expressionStart: 4,
  assignExpression: 5,
  expression: 6,
  include: 7,
  abi: 8,
  condition: 9,
  subValue: 10,
  list: 11,
  groupStart: 12,
  group: 13,
  groupValue: 14,
  groupList: 15,
  integer: 16,
  identity: 17,
  changeProfile: 18,
  rlimit: 19,
  network: 20,
  unix: 21,
  dbus: 22,
  signal: 23,
  ptrace: 24,
  mount: 25,
  mqueue: 26,
  userns: 27,
} as const;
