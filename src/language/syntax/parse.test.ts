import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceFile, type SourceFile } from "../../foundation/text/index.ts";
import { type IncludeRequest, type ItemNode, parse, parseSpliced, type ProfileNode } from "./index.ts";

function itemsOf(text: string): readonly ItemNode[] {
  const tree = parse(sourceFile("x", text));
  assert.deepEqual(tree.diagnostics, []);
  return tree.items;
}

function only<Kind extends ItemNode["kind"]>(text: string, kind: Kind): ItemNode & { kind: Kind } {
  const item = itemsOf(text)[0];
  const isKind = (node: ItemNode | undefined): node is ItemNode & { kind: Kind } => node?.kind === kind;
  assert.ok(isKind(item), `${item?.kind} is no ${kind}`);
  return item;
}

test("a profile header has its parts in order", () => {
  const node = only(
    `profile "a b" /usr/bin/{x,y} xattrs=(user.a=b user.c) + identities=(u v) flags=(complain, audit) { }`,
    "profile",
  );
  assert.equal(node.name.value, "a b");
  assert.equal(node.attachment?.value, "/usr/bin/{x,y}");
  assert.deepEqual(
    node.xattrs?.conditions.map((one) => [one.name, one.operator, one.values.map((word) => word.value)]),
    [
      ["user.a", "=", ["b"]],
      ["user.c", "", []],
    ],
  );
  assert.deepEqual(
    node.identities.map((word) => word.value),
    ["u", "v"],
  );
  assert.deepEqual(
    node.flags?.values.map((word) => word.value),
    ["complain", "audit"],
  );
});

test("hats and children nest, with and without keywords", () => {
  const node = only("/bin/a { ^h { } hat i { } profile c { ^d { } } }", "profile");
  const shape = (one: ProfileNode): unknown => [
    one.keyword + one.name.value,
    one.items.map((item) => item.kind === "profile" && shape(item)),
  ];
  assert.deepEqual(shape(node), [
    "/bin/a",
    [
      ["^h", []],
      ["hati", []],
      ["profilec", [["^d", []]]],
    ],
  ]);
});

test("file rules come in two orders, with qualifiers, safety and targets", () => {
  const trailing = only("audit deny owner unsafe /a px -> b,", "file");
  assert.deepEqual(
    [trailing.prefix.mode?.word, trailing.prefix.owner?.word, trailing.safety, trailing.leading],
    ["deny", "owner", "unsafe", false],
  );
  assert.deepEqual([trailing.path?.value, trailing.permissions?.value, trailing.target?.value], ["/a", "px", "b"]);
  assert.ok(trailing.prefix.audit);
  const leading = only("priority=-5 file l subset @{x} -> /c,", "file");
  assert.deepEqual(
    [leading.prefix.priority?.text, leading.keyword, leading.subset, leading.path?.value, leading.target?.value],
    ["-5", true, true, "@{x}", "/c"],
  );
  assert.equal(only("file,", "file").path, undefined);
});

test("a priority may have its sign on the next line, and then ends with that line", () => {
  assert.equal(only("priority\n= 5 # note\naudit /a r,", "file").prefix.priority?.text, "5");
});

test("a comma ends a word only before white space", () => {
  const [first, second] = itemsOf("/a,b r,/c w,");
  assert.ok(first?.kind === "file" && second?.kind === "file");
  assert.deepEqual([first.path?.value, second.path?.value], ["/a,b", "/c"]);
});

test("rules with conditions keep permissions, operands, conditions and group apart", () => {
  const dbus = only("dbus (send, receive) bus=system path=/x,y peer=(name=a, label=(b)),", "dbus");
  assert.deepEqual(
    dbus.permissions?.words.map((word) => word.value),
    ["send", "receive"],
  );
  assert.deepEqual(
    dbus.conditions.map((one) => [one.name, one.values[0]?.value]),
    [
      ["bus", "system"],
      ["path", "/x,y"],
    ],
  );
  assert.deepEqual(
    dbus.group?.conditions.map((one) => [one.name, one.values[0]?.value, one.parenthesised]),
    [
      ["name", "a", false],
      ["label", "b", true],
    ],
  );
  const network = only("network send inet stream ip=::1,", "network");
  assert.deepEqual(
    network.operands.map((word) => word.value),
    ["inet", "stream"],
  );
  const mount = only("mount options in (rw, ro) fstype=ext4 /a -> /b,", "mount");
  assert.deepEqual([mount.conditions[0]?.operator, mount.operand?.value, mount.target?.value], ["in", "/a", "/b"]);
  assert.equal(only("userns create,", "userns").permissions?.words[0]?.value, "create");
});

test("the word `open` is a brace, as the language has it since 4.0", () => {
  assert.equal(only("profile t open /a r, }", "profile").items.length, 1);
  assert.equal(only("mqueue open /q,", "mqueue").permissions?.words[0]?.value, "open");
});

test("an else-if stands in the otherwise of the conditional before it", () => {
  const node = only("if $a and not defined @{b} { /a r, } else if @{c} in x { } else { /d r, }", "conditional");
  assert.equal(node.condition.kind, "and");
  const next = node.otherwise?.[0];
  assert.ok(next?.kind === "conditional" && next.condition.kind === "comparison");
  assert.deepEqual(
    next.otherwise?.map((item) => item.kind),
    ["file"],
  );
});

test("an assignment ends with its line, and an expression goes on behind it", () => {
  const [first, second, third] = itemsOf('@{x}=a"b"\\\n c # note\n@{y} += d,e\n$z=true\n or false\n');
  assert.ok(first?.kind === "variable" && second?.kind === "variable" && third?.kind === "boolean");
  assert.deepEqual(
    first.values.map((word) => word.value),
    ["a", "b", "c"],
  );
  assert.deepEqual([second.operator, second.values[0]?.value], ["+=", "d,e"]);
  assert.equal(third.value.kind, "or");
});

test("escapes are undone once; what a number writes of a pattern stays literal", () => {
  const word = only(String.raw`/\101\x2a\d065\"\400\ \\\z r,`, "file").path;
  assert.equal(word?.value, String.raw`/A\*A" 0\ \\\z`);
  assert.equal(only('"/a\\"b" r,', "file").path?.value, '/a"b');
  assert.equal(only(String.raw`/\xc3\xa9 r,`, "file").path?.value, "/é");
});

test("includes stand between items or inside them", () => {
  const tree = parse(sourceFile("x", 'include <a>\n#include if exists <b>\naudit include "c" /d r,\n'));
  const includes = tree.items.filter((item) => item.kind === "include");
  assert.deepEqual(
    includes.map((node) => [node.path.value, node.searched, node.ifExists, node.pound, node.insideRule]),
    [
      ["a", true, false, false, false],
      ["b", true, true, true, false],
      ["c", false, false, false, true],
    ],
  );
  assert.ok(tree.needsSplicing);
});

test("an include in a header, a conditional or a block stands inside it", () => {
  for (const text of [
    "profile t include <a> { }",
    "if $x { } include <a> else { }",
    "audit include <a> { }",
    "@{x} include <a> = b",
  ]) {
    const tree = parse(sourceFile("x", text));
    assert.equal(tree.items.find((item) => item.kind === "include")?.insideRule, true, text);
    assert.equal(tree.needsSplicing, true, text);
  }
  assert.ok(!parse(sourceFile("x", "if $x { } include <a>\n/a r,")).needsSplicing);
});

test("what is included behind a head without its brace is in the body", () => {
  for (const head of ["profile demo /usr/bin/demo", "profile demo {\n  profile child /usr/bin/child"]) {
    const tree = parse(sourceFile("demo", `${head} \n  include <abstractions/base>\n  /b r,\n}\n}\n`));
    assert.ok(
      tree.items.every(({ kind }) => kind !== "include"),
      head,
    );
    assert.match(tree.diagnostics[0]?.message ?? "", /^expected .*`\{`.* before the end of the line$/);
  }
});

test("a file that ends inside a construct needs splicing, one that does not does not", () => {
  assert.ok(parse(sourceFile("x", "@{x}=a")).needsSplicing);
  assert.ok(!parse(sourceFile("x", "@{x}=a\n")).needsSplicing);
});

function files(texts: Readonly<Record<string, string>>, asked: IncludeRequest[]) {
  return (request: IncludeRequest): readonly SourceFile[] => {
    asked.push(request);
    const text = texts[request.node.path.value];
    return text === undefined ? [] : [sourceFile(request.node.path.value, text)];
  };
}

test("spliced files are one stream of tokens, each with the span of its own file", () => {
  const asked: IncludeRequest[] = [];
  const main = sourceFile(
    "main",
    "include <a>\nprofile t {\n  include <path>\n r,\n  audit include <rules>\n}\ninclude <end>",
  );
  const texts = { a: "@{x}=1", path: "/half", rules: "/b w,\n/c r,\n^h { include <a>\n}\n", end: "profile u { }\n" };
  const tree = parseSpliced(main, { include: files(texts, asked) });
  assert.deepEqual(
    tree.diagnostics.map((item) => [item.at.span.file, item.code]),
    [["a", "syntax/misplaced"]],
  );
  const profile = tree.items[1];
  assert.ok(profile?.kind === "profile");
  const [half, audited, plain] = profile.items;
  assert.ok(half?.kind === "file" && audited?.kind === "file" && plain?.kind === "file");
  assert.deepEqual([half.path?.span.file, half.permissions?.span.file], ["path", "main"]);
  assert.ok(audited.prefix.audit !== undefined && plain.prefix.audit === undefined);
  assert.equal(tree.items[2]?.kind, "profile");
  assert.deepEqual(
    asked.map((request) => [request.node.path.value, request.scope]),
    [
      ["a", 0],
      ["path", 1],
      ["rules", 1],
      ["a", 2],
      ["end", 0],
    ],
  );
});

test("a mode lives on behind the end of an included file", () => {
  const main = sourceFile("main", "profile t {\n  include <send> bus=system,\n  /a r,\n}\n");
  const tree = parseSpliced(main, { include: files({ send: "dbus send" }, []) });
  assert.deepEqual(tree.diagnostics, []);
  assert.deepEqual(
    tree.items.flatMap((item) => (item.kind === "profile" ? item.items.map((rule) => rule.kind) : [])),
    ["dbus", "file"],
  );
});
