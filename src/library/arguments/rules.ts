/** Shapes of rules as data: drafts of rules and profiles to be written, changes to a text, questions to a model. */
import {
  capabilities,
  FilePermission,
  isMountWord,
  isSignalName,
  mountOptions,
  networkTypes,
  permissionWords,
  protocolWords,
  rlimits,
  socketFamilies,
  unixTypes,
  type WordClass,
} from "../../language/tables/index.ts";
import {
  count,
  either,
  fields,
  flag,
  kinds,
  kindsOnly,
  list,
  number,
  optional,
  type Shape,
  text,
  textThat,
  word,
  wordOf,
} from "./shape.ts";
import { span } from "./values.ts";

const words = list(text);
const someWords = optional(words);
const some = optional(text);
const qualifiers = {
  mode: optional(word("allow", "deny", "prompt", "implicit")),
  audit: optional(flag),
  priority: optional(number(-1000, 1000)),
};
const port = fields("a range of ports", { first: number(0, 65535), last: number(0, 65535) });
const end = optional(fields("an end of a connection", { ip: some, port: optional(port), label: some }));
const owner = optional(word("any", "owner", "other"));
const safety = optional(word("safe", "unsafe"));
const exec = optional(
  fields("an exec mode", {
    transition: word("inherit", "profile", "child", "unconfined", "deny"),
    fallback: word("none", "inherit", "unconfined"),
    safe: flag,
  }),
);
const execBit = FilePermission.x;
const allBits = Object.values(FilePermission).reduce((all, bit) => all | bit, 0);

/** Some permission, `x` where there is an exec mode, and nowhere else. */
const filePermissions: Shape = {
  expected:
    "bits of `FilePermission` of armorer/model (`parseFilePermissions` of armorer/tables makes them of letters)",
  trouble: (value, path) => {
    const isFine = typeof value === "number" && Number.isSafeInteger(value) && value > 0 && (value & ~allBits) === 0;
    return isFine ? undefined : `\`${path}\` should be ${filePermissions.expected}, but is ${shown(value)}`;
  },
};

function shown(value: unknown): string {
  return ["number", "string"].includes(typeof value) ? JSON.stringify(value) : "something else";
}

function permissionsOf(kind: WordClass): Shape {
  return optional(list(wordOf(`a permission of ${kind} rules`, permissionWords[kind].names)));
}

const mountWords = optional(list(list(wordOf("a mount option", [...mountOptions.keys()].filter(isMountWord)))));
const limit = textThat('a whole number or "infinity"', (given) =>
  /^(?:-?\d+|infinity)$/.test(given) ? undefined : JSON.stringify(given),
);

const drafts = kindsOnly("a rule to write (`{ kind: … }`)", {
  file: {
    ...qualifiers,
    path: text,
    permissions: filePermissions,
    owner,
    exec,
    execSafety: safety,
    execTarget: some,
    linkTarget: some,
    subset: optional(flag),
  },
  link: { ...qualifiers, path: text, target: text, subset: optional(flag), owner },
  change_profile: { ...qualifiers, exec: some, target: some, safety },
  capability: { ...qualifiers, names: list(wordOf("the name of a capability", capabilities)) },
  network: {
    ...qualifiers,
    permissions: permissionsOf("network"),
    family: optional(
      wordOf(
        "an address family",
        socketFamilies.map(([name]) => name),
      ),
    ),
    type: optional(word(...networkTypes)),
    protocol: optional(word(...protocolWords.keys())),
    interface: some,
    local: end,
    peer: end,
  },
  unix: {
    ...qualifiers,
    permissions: permissionsOf("unix"),
    type: optional(word(...unixTypes)),
    address: some,
    peerAddress: some,
    peerLabel: some,
  },
  mount: {
    ...qualifiers,
    verb: word("mount", "remount", "umount", "pivot_root"),
    source: some,
    target: some,
    fstypes: someWords,
    options: mountWords,
    optionsIn: mountWords,
    oldRoot: some,
    transition: some,
  },
  signal: {
    ...qualifiers,
    permissions: permissionsOf("signal"),
    signals: optional(
      list(textThat("the name of a signal", (given) => (isSignalName(given) ? undefined : JSON.stringify(given)))),
    ),
    peer: some,
  },
  ptrace: { ...qualifiers, permissions: permissionsOf("ptrace"), peer: some },
  dbus: {
    ...qualifiers,
    permissions: permissionsOf("dbus"),
    bus: some,
    path: some,
    interface: some,
    member: some,
    name: some,
    peerName: some,
    peerLabel: some,
  },
  mqueue: {
    ...qualifiers,
    permissions: permissionsOf("mqueue"),
    type: optional(word("posix", "sysv")),
    name: some,
    label: some,
  },
  io_uring: { ...qualifiers, permissions: permissionsOf("io_uring"), label: some },
  userns: qualifiers,
  rlimit: {
    name: wordOf(
      "the name of a resource limit",
      rlimits.map(({ name }) => name),
    ),
    value: limit,
    unit: optional(word("s", "us")),
  },
  all: qualifiers,
});

/** What each kind of rule is written from; `RuleDraft` of `armorer/edit`. */
export const ruleDraft: Shape = {
  expected: drafts.expected,
  trouble: (value, path) => drafts.trouble(value, path) ?? execTrouble(value, path),
};

function execTrouble(value: unknown, path: string): string | undefined {
  const [permissions, mode] = ["permissions", "exec"].map((name): unknown => Reflect.get(Object(value), name));
  if (
    Reflect.get(Object(value), "kind") !== "file" ||
    ((Number(permissions) & execBit) !== 0) === (mode !== undefined)
  ) {
    return undefined;
  }
  return `\`${path}\` should have an \`exec\` mode exactly where its \`permissions\` have \`FilePermission.x\``;
}

/** In a change a rule may also be a text. */
const writtenRule = either("a rule to write (`{ kind: … }`), or the text of one", text, ruleDraft);

export const includeDraft = fields("an include to write", { path: text, searched: flag, ifExists: flag });

export const profileDraft: Shape = fields("a profile to write", {
  keyword: word("profile", "hat"),
  name: text,
  attachment: some,
  flags: someWords,
  includes: optional(list(includeDraft)),
  rules: optional(list(ruleDraft)),
  children: optional({ expected: "an array of profiles", trouble: (value, path) => children.trouble(value, path) }),
});
const children = list(profileDraft);

export const layout = optional(fields("a layout (`defaultLayout`)", { indent: text, newline: text }));

const profileRef = either("the names of a profile from the outside in, or a span", words, span);

export const changes = list(
  kinds("a change", {
    "add-rule": { profile: profileRef, rule: writtenRule },
    "remove-rule": { at: span },
    "replace-rule": { at: span, rule: writtenRule },
    "add-include": { profile: optional(profileRef), include: includeDraft },
    "remove-include": { profile: optional(profileRef), path: text },
    "set-mode": {
      profile: profileRef,
      mode: word("enforce", "complain", "kill", "unconfined", "prompt", "default_allow"),
    },
    "set-flag": { profile: profileRef, flag: text },
    "clear-flag": { profile: profileRef, flag: text },
    "add-profile": { parent: optional(profileRef), profile: profileDraft },
  }),
);

const address = optional(either("a string or null", text, { expected: "null", trouble: nullTrouble }));

function nullTrouble(value: unknown, path: string): string | undefined {
  return value === null ? undefined : `\`${path}\` should be null`;
}

/** What can be asked of a model; `Question` of `armorer/analysis`. */
export const question = kinds("a question (`{ kind: … }`)", {
  file: { path: text, letters: words, owner: flag },
  exec: { path: text, owner: flag },
  link: { path: text, target: text, owner: flag },
  capability: { capability: count },
  network: { family: text, type: some, permissions: words },
  unix: { type: some, permissions: words, address, peerAddress: address, peerLabel: some },
  signal: { permission: word("send", "receive"), signal: count, peer: text },
  ptrace: { permission: word("trace", "read", "tracedby", "readby"), peer: text },
  change_profile: { target: text, onExec: flag, program: some },
  change_hat: { hat: text },
  mount: { mountPoint: text, source: some, fstype: some, flags: count },
  umount: { mountPoint: text },
  pivot_root: { newRoot: text, oldRoot: text },
  dbus: {
    permission: word("send", "receive", "bind", "eavesdrop"),
    bus: text,
    name: text,
    label: text,
    path: text,
    interface: text,
    member: text,
  },
  mqueue: { type: word("posix", "sysv"), name: text, permissions: words, label: some },
  io_uring: { permission: word("sqpoll", "override_creds"), label: some },
  userns: {},
  rlimit: { resource: count, value: { expected: "a bigint", trouble: bigintTrouble } },
});

function bigintTrouble(value: unknown, path: string): string | undefined {
  return typeof value === "bigint" ? undefined : `\`${path}\` should be a bigint`;
}
