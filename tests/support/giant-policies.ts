/**
 * Policy that is out of all proportion, dimension by dimension: what a format, an engine or a stack could run full with. `text` makes
 * the profile of a size; `sizes` are beyond what formats hold and stacks bear.
 */
interface Giant {
  readonly dimension: string;
  readonly sizes: readonly number[];
  readonly text: (size: number) => string;
}

const NAMES = [65_535] as const;
const COUNTS = [1000] as const;
const DEPTHS = [5000, 100_000] as const;

const inProfile = (rules: string): string => `profile giant {\n${rules}\n}\n`;
const many = (count: number, each: (number: number) => string, between = ""): string =>
  Array.from({ length: count }, (_, number) => each(number)).join(between);

const names: Readonly<Record<string, (name: string) => string>> = {
  "a profile's name": (name) => `profile ${name} { }\n`,
  "a profile's name in quotes": (name) => `profile "${name}" { }\n`,
  "a path as name": (name) => `/${name.slice(1)} { }\n`,
  "an attachment": (name) => `profile giant /${name.slice(1)} { }\n`,
  "a namespace": (name) => `profile :${name}:giant { }\n`,
  "a hat's name": (name) => inProfile(`  ^${name} { }`),
  "a child's name": (name) => inProfile(`  profile ${name} { }`),
  "an exec target": (name) => inProfile(`  /bin/x px -> ${name},`),
  "an exec target that is a child": (name) => inProfile(`  /bin/x cx -> ${name},`),
  "an exec target in a namespace": (name) => inProfile(`  /bin/x px -> :${name}:x,`),
  "a stack of exec targets": (name) => inProfile(`  /bin/x px -> &${name},`),
  "a change_profile target": (name) => inProfile(`  change_profile -> ${name},`),
  "a change_profile program": (name) => inProfile(`  change_profile /${name.slice(1)} -> x,`),
  "an xattr's name": (name) => `profile giant /bin/x xattrs=(${name}="x") { }\n`,
  "an xattr's value": (name) => `profile giant /bin/x xattrs=(user.x="${name}") { }\n`,
  "attach_disconnected.path": (name) => `profile giant flags=(attach_disconnected.path=/${name.slice(1)}) { }\n`,
  "attach_disconnected.ipc": (name) => `profile giant flags=(attach_disconnected.ipc=/${name.slice(1)}) { }\n`,
  "a flag": (name) => `profile giant flags=(${name}) { }\n`,
  "a path": (name) => inProfile(`  /${name.slice(1)} r,`),
  "a path in quotes": (name) => inProfile(`  "/${name.slice(1)}" r,`),
  "a link's target": (name) => inProfile(`  link /a -> /${name.slice(1)},`),
  "mount options": (name) => inProfile(`  mount options=(${name}) /a -> /b,`),
  "a mount type": (name) => inProfile(`  mount fstype=${name} /a -> /b,`),
  "a mount source": (name) => inProfile(`  mount ${name} -> /b,`),
  "a signal's peer": (name) => inProfile(`  signal peer=${name},`),
  "a ptrace peer": (name) => inProfile(`  ptrace peer=${name},`),
  "a dbus path": (name) => inProfile(`  dbus send bus=session path=/${name.slice(1)} interface=${name} member=x,`),
  "a dbus peer": (name) => inProfile(`  dbus send peer=(name=${name} label=${name}),`),
  "a unix address": (name) => inProfile(`  unix addr=@${name},`),
  "a unix label": (name) => inProfile(`  unix (send) peer=(label=${name} addr=@x),`),
  "a message queue": (name) => inProfile(`  mqueue type=posix /${name.slice(1)},`),
  "a label of io_uring": (name) => inProfile(`  io_uring sqpoll label=${name},`),
  "a capability": (name) => inProfile(`  capability ${name},`),
  "a network family": (name) => inProfile(`  network ${name},`),
  "a value of a variable": (name) => `@{x}=${name}\nprofile @{x} { /@{x} r, }\n`,
  "a variable's name": (name) => `@{${name}}=x\nprofile giant { /@{${name}} r, }\n`,
  "a rlimit": (name) => inProfile(`  set rlimit nofile <= 1${name.replaceAll(/./g, "0")},`),
  "a rlimit's resource": (name) => inProfile(`  set rlimit ${name} <= 1,`),
  "an alias": (name) => `alias /${name.slice(1)} -> /b,\nprofile giant { /a r, }\n`,
  "an include": (name) => `include <${name}>\nprofile giant { }\n`,
  "an abi": (name) => `abi <${name}>,\nprofile giant { }\n`,
  "a comment": (name) => `# ${name}\nprofile giant { }\n`,
  "an unclosed quote": (name) => `profile "${name}`,
  "a word": (name) => name,
};

const counts: Readonly<Record<string, (count: number) => string>> = {
  profiles: (count) => many(count, (number) => `profile p${number} { }\n`),
  hats: (count) => inProfile(many(count, (number) => `^h${number} { }\n`)),
  rules: (count) => inProfile(many(count, (number) => `/f${number} r,\n`)),
  "the same rule": (count) => inProfile(many(count, () => "/f r,\n")),
  "exec targets": (count) => inProfile(many(count, (number) => `/f${number} px -> t${number},\n`)),
  "change_profile rules": (count) => inProfile(many(count, (number) => `change_profile -> t${number},\n`)),
  "link rules": (count) => inProfile(many(count, (number) => `link /a${number} -> /b${number},\n`)),
  xattrs: (count) => `profile giant /bin/x xattrs=(${many(count, (number) => `user.x${number}=y `)}) { }\n`,
  "xattrs in many groups": (count) =>
    `profile giant /bin/x ${many(Math.min(count, 3000), (number) => `xattrs=(user.x${number}=y) `)} { }\n`,
  flags: (count) => `profile giant flags=(${many(count, () => "complain", ",")}) { }\n`,
  capabilities: (count) => inProfile(`capability ${many(count, () => "chown ")},`),
  signals: (count) => inProfile(`signal (${many(count, () => "send", ",")}) set=(${many(count, () => "hup", ",")}),`),
  "rlimit rules": (count) => inProfile(many(count, (number) => `set rlimit nofile <= ${number},\n`)),
  "network rules": (count) => inProfile(many(count, () => "network inet stream,\n")),
  "unix rules": (count) => inProfile(many(count, (number) => `unix addr=@a${number},\n`)),
  "dbus rules": (count) => inProfile(many(count, (number) => `dbus send bus=session path=/a${number},\n`)),
  "mount rules": (count) => inProfile(many(Math.min(count, 5000), (number) => `mount /a${number} -> /b,\n`)),
  "mount options": (count) => inProfile(`mount options=(${many(count, () => "ro", ",")}) /a -> /b,`),
  aliases: (count) => `${many(count, (number) => `alias /a${number} -> /b${number},\n`)}profile giant { /a1 r, }\n`,
  "values of a variable": (count) => `@{x}=${many(count, (number) => `v${number} `)}\nprofile giant { /@{x} r, }\n`,
  variables: (count) =>
    `@{v0}=x\n${many(count, (number) => `@{v${number + 1}}=@{v${number}}\n`)}profile giant { /@{v${count}} r, }\n`,
  "variables in a path": (count) => `@{x}=a b\nprofile giant { /${many(count, () => "@{x}/")} r, }\n`,
  "additions to a variable": (count) => `@{x}=a\n${many(count, (number) => `@{x}+=v${number}\n`)}profile @{x} { }\n`,
  alternatives: (count) => inProfile(`/{${many(count, (number) => `a${number}`, ",")}} r,`),
  "alternations side by side": (count) => inProfile(`/${many(count, () => "{a,b}")} r,`),
  stars: (count) => inProfile(`/${many(count, () => "*a")} r,`),
  "stars of two": (count) => inProfile(`/${many(count, () => "**/a")} r,`),
  "classes of bytes": (count) => inProfile(`/${many(count, () => "[a-c]")} r,`),
  "the members of a class": (count) =>
    inProfile(`/[${many(count, (number) => String.fromCharCode(97 + (number % 26)))}] r,`),
  slashes: (count) => inProfile(`/${many(count, () => "/")} r,`),
  backslashes: (count) => inProfile(`/${many(count, () => "\\")} r,`),
  "lines of errors": (count) => inProfile(many(count, () => "nonsense here\n")),
  "closing braces": (count) => many(count, () => "}\n"),
  "empty lines": (count) => many(count, () => "\n"),
  "missing includes": (count) => inProfile(many(count, (number) => `include <none${number}>\n`)),
  "includes that may be missing": (count) => inProfile(many(count, (number) => `include if exists <none${number}>\n`)),
  "a stack of targets": (count) => inProfile(`/bin/x px -> ${many(count, (number) => `&t${number}`)},`),
  "qualifiers before a rule": (count) => inProfile(`${many(count, () => "audit ")}/a r,`),
  "conditions of a rule": (count) => inProfile(`dbus ${many(count, () => "bus=session ")},`),
  booleans: (count) => `${many(count, (number) => `$b${number}=true\n`)}profile giant { }\n`,
  "parts of a condition": (count) => `$b=true\nprofile giant { if ${many(count, () => "$b", " and ")} { /a r, } }\n`,
  negations: (count) => `$b=true\nprofile giant { if ${many(count, () => "not ")} $b { /a r, } }\n`,
  "else branches": (count) => `$b=false\nprofile giant { ${many(count, () => "if $b { /a r, } else ")} { /b r, } }\n`,
  "parts of a name": (count) => `profile ${many(count, () => "a", "//")} { }\n`,
};

const depths: Readonly<Record<string, (depth: number) => string>> = {
  "braces of a pattern": (depth) => inProfile(`/${"{a,".repeat(depth)}b${"}".repeat(depth)} r,`),
  "open braces of a pattern": (depth) => inProfile(`/${"{".repeat(depth)} r,`),
  "braces of a name": (depth) => `profile ${"{a,".repeat(depth)}b${"}".repeat(depth)} { }\n`,
  "braces of an attachment": (depth) => `profile giant /${"{a,".repeat(depth)}b${"}".repeat(depth)} { }\n`,
  children: (depth) => many(depth, (number) => `profile c${number} {\n`) + "}\n".repeat(depth),
  hats: (depth) => `profile giant {${many(depth, (number) => `^h${number} {\n`)}${"}\n".repeat(depth)}}`,
  "qualified blocks": (depth) => inProfile("audit {\n".repeat(depth) + "/a r,\n" + "}\n".repeat(depth)),
  "owner blocks": (depth) => inProfile("owner {\n".repeat(depth) + "/a r,\n" + "}\n".repeat(depth)),
  conditionals: (depth) => `$b=true\nprofile giant {${"if $b {\n".repeat(depth)}/a r,\n${"}\n".repeat(depth)}}\n`,
  "else behind else": (depth) =>
    `$b=true\nprofile giant {${"if $b { /a r, } else {\n".repeat(depth)}/b r,\n${"}\n".repeat(depth)}}\n`,
  "open blocks": (depth) => `profile giant ${"{".repeat(depth)}`,
  "blocks without a head": (depth) => "{".repeat(depth),
  "parentheses of a condition": (depth) =>
    `$b=true\nprofile giant { if ${"(".repeat(depth)}$b${")".repeat(depth)} { /a r, } }\n`,
  "parentheses of a rule": (depth) => inProfile(`signal ${"(".repeat(depth)}send${")".repeat(depth)},`),
  brackets: (depth) => inProfile(`/${"[".repeat(depth)}a${"]".repeat(depth)} r,`),
  "variables in variables": (depth) => inProfile(`/${"@{".repeat(depth)}a${"}".repeat(depth)} r,`),
  "values made of two values": (depth) =>
    `@{v0}=a b\n${many(Math.min(depth, 5000), (number) => `@{v${number + 1}}=@{v${number}}@{v${number}}\n`)}` +
    `profile giant { /@{v${Math.min(depth, 5000)}} r, }\n`,
};

function giants(
  kind: string,
  table: Readonly<Record<string, (size: number) => string>>,
  sizes: readonly number[],
): readonly Giant[] {
  return Object.entries(table).map(([dimension, text]) => ({ dimension: `${kind}: ${dimension}`, sizes, text }));
}

/** All of them. */
export const giantPolicies: readonly Giant[] = [
  ...giants(
    "length",
    Object.fromEntries(
      Object.entries(names).map(([dimension, text]) => [dimension, (size: number) => text("x".repeat(size))]),
    ),
    NAMES,
  ),
  ...giants("count", counts, COUNTS),
  ...giants("depth", depths, DEPTHS),
];
