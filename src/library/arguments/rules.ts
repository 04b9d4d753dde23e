/** Shapes of rules as data: drafts of rules and profiles to be written, changes to a text, questions to a model. */
import { anything, count, either, fields, flag, kinds, list, optional, type Shape, text, word } from "./shape.ts";
import { span } from "./values.ts";

const words = list(text);
const someWords = optional(words);
const some = optional(text);
const qualifiers = {
  mode: optional(word("allow", "deny", "prompt", "implicit")),
  audit: optional(flag),
  priority: optional(anything),
};
const end = optional(fields("an end of a connection", { ip: some, label: some }));

/** What each kind of rule is written from; `RuleDraft` of `armorer/edit`. */
export const ruleDraft = kinds("a rule to write (`{ kind: … }`)", {
  file: { ...qualifiers, path: text, permissions: count, execTarget: some, linkTarget: some },
  link: { ...qualifiers, path: text, target: text },
  change_profile: { ...qualifiers, exec: some, target: some },
  capability: { ...qualifiers, names: words },
  network: {
    ...qualifiers,
    permissions: someWords,
    family: some,
    type: some,
    protocol: some,
    interface: some,
    local: end,
    peer: end,
  },
  unix: { ...qualifiers, permissions: someWords, type: some, address: some, peerAddress: some, peerLabel: some },
  mount: {
    ...qualifiers,
    verb: word("mount", "remount", "umount", "pivot_root"),
    source: some,
    target: some,
    fstypes: someWords,
    options: optional(list(words)),
    optionsIn: optional(list(words)),
    oldRoot: some,
    transition: some,
  },
  signal: { ...qualifiers, permissions: someWords, signals: someWords, peer: some },
  ptrace: { ...qualifiers, permissions: someWords, peer: some },
  dbus: {
    ...qualifiers,
    permissions: someWords,
    bus: some,
    path: some,
    interface: some,
    member: some,
    name: some,
    peerName: some,
    peerLabel: some,
  },
  mqueue: { ...qualifiers, permissions: someWords, type: optional(word("posix", "sysv")), name: some, label: some },
  io_uring: { ...qualifiers, permissions: someWords, label: some },
  userns: qualifiers,
  rlimit: { name: text, value: text, unit: optional(word("s", "us")) },
  all: qualifiers,
});

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
    "add-rule": { profile: profileRef, rule: ruleDraft },
    "remove-rule": { at: span },
    "replace-rule": { at: span, rule: ruleDraft },
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
  change_profile: { target: text, onExec: flag },
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
