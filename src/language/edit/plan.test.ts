import assert from "node:assert/strict";
import { test } from "node:test";
import { edited, treeOf } from "../../../tests/support/edits.ts";
import { FilePermission } from "../model/index.ts";
import type { Span } from "../../foundation/text/index.ts";
import type { SyntaxTree } from "../syntax/index.ts";
import type { Change, FileDraft } from "./index.ts";

const read = (path: string): FileDraft => ({ kind: "file", path, permissions: FilePermission.r });
const add = (path: string, profile: readonly string[] = ["p"]): Change => ({
  kind: "add-rule",
  profile,
  rule: read(path),
});

/** The span of a piece of the text. */
function spanOf(tree: SyntaxTree, piece: string): Span {
  const start = tree.source.text.indexOf(piece);
  assert.ok(start >= 0, piece);
  return { file: tree.source.id, start, end: start + piece.length };
}

test("a rule goes behind its kin, before the include of local additions", () => {
  const text = [
    "# head",
    "profile p /bin/p {",
    "  include <abstractions/base>",
    "",
    "  capability kill, # why",
    "",
    "  /b r,  # comment",
    "  /a r,",
    "",
    "  include if exists <local/p>",
    "}",
    "",
  ].join("\n");
  assert.equal(edited(text, [add("/c")]).text, text.replace("  /a r,\n", "  /a r,\n  /c r,\n"));
  const capability: Change = { kind: "add-rule", profile: ["p"], rule: { kind: "capability", names: ["chown"] } };
  assert.equal(edited(text, [capability]).text, text.replace("# why\n", "# why\n  capability chown,\n"));
  const network: Change = {
    kind: "add-rule",
    profile: ["p"],
    rule: { kind: "network", family: "inet", type: "stream" },
  };
  assert.equal(edited(text, [network]).text, text.replace("# why\n", "# why\n\n  network inet stream,\n"));
});

test("sorted rules stay sorted, comments above a rule stay with it", () => {
  const text = "profile p {\n  # first\n  /b r,\n  # second\n  /d r,\n  /f r,\n}\n";
  assert.equal(edited(text, [add("/e")]).text, text.replace("/d r,\n", "/d r,\n  /e r,\n"));
  assert.equal(edited(text, [add("/a")]).text, text.replace("  # first", "  /a r,\n  # first"));
  assert.equal(edited(text, [add("/h"), add("/g")]).text, text.replace("/f r,\n", "/f r,\n  /g r,\n  /h r,\n"));
});

test("empty bodies, bodies on one line and files with CRLF or without a last newline", () => {
  assert.equal(edited("profile p { }", [add("/a")]).text, "profile p {\n  /a r,\n}");
  assert.equal(edited("profile p {}", [add("/a")]).text, "profile p {\n  /a r,\n}");
  assert.equal(edited("profile p { /a r, }", [add("/b"), add("/c")]).text, "profile p { /a r, /b r, /c r, }");
  assert.equal(
    edited("profile p {\r\n  /a r,\r\n}\r\n", [add("/b")]).text,
    "profile p {\r\n  /a r,\r\n  /b r,\r\n}\r\n",
  );
  assert.equal(edited("profile p {\n\t/a r, # x\n}", [add("/b")]).text, "profile p {\n\t/a r, # x\n\t/b r,\n}");
  assert.equal(
    edited("profile p { # only a comment\n}\n", [add("/b")]).text,
    "profile p { # only a comment\n  /b r,\n}\n",
  );
});

test("a carriage return does not become part of a new rule's last word", () => {
  const network: Change = { kind: "add-rule", profile: ["p"], rule: { kind: "network", family: "inet" } };
  const { text } = edited("profile p {\r\n}\r\n", [network]);
  assert.deepEqual(treeOf(text).diagnostics, []);
  assert.equal(text, "profile p {\r\n  network inet, \r\n}\r\n");
});

test("children and hats are found by their names from the outside in", () => {
  const text =
    "profile p {\n  /a r,\n  profile c {\n    /x r,\n  }\n  ^h {\n    /y r,\n  }\n}\nprofile c {\n  /z r,\n}\n";
  assert.equal(edited(text, [add("/n", ["p", "c"])]).text, text.replace("/x r,\n", "/x r,\n    /n r,\n"));
  assert.equal(edited(text, [add("/n", ["p", "h"])]).text, text.replace("/y r,\n", "/y r,\n    /n r,\n"));
  assert.equal(edited(text, [add("/n", ["c"])]).text, text.replace("/z r,\n", "/z r,\n  /n r,\n"));
  assert.deepEqual(edited(text, [add("/n", ["p", "nobody"])]), { text, problems: ["profile-not-found"] });
});

test("a rule is taken away with its line, comments stay", () => {
  const text = "profile p {\n  # about a\n  /a r,\n  audit owner /b\n     rw, # about b\n  /c r, /d r,\n}\n";
  const without = (piece: string): string =>
    edited(text, (tree) => [{ kind: "remove-rule", at: spanOf(tree, piece) }]).text;
  assert.equal(without("/a r"), text.replace("  /a r,\n", ""));
  assert.equal(without("/b\n     rw"), text.replace("audit owner /b\n     rw, ", ""));
  assert.equal(without("/c r"), text.replace("/c r, ", ""));
  assert.equal(without("/d r"), text.replace(" /d r,", ""));
});

test("removing and adding in one plan lean on what stays", () => {
  const text = "profile p {\n  /a r,\n  /b r,\n}\n";
  const result = edited(text, (tree) => [
    { kind: "remove-rule", at: spanOf(tree, "/a r") },
    { kind: "remove-rule", at: spanOf(tree, "/b r") },
    add("/c"),
  ]);
  assert.equal(result.text, "profile p {\n  /c r,\n}\n");
});

function replaced(tree: SyntaxTree): readonly Change[] {
  return [{ kind: "replace-rule", at: spanOf(tree, "/a r"), rule: { ...read("/a"), mode: "deny" } }];
}

test("a rule is replaced in place, its comment untouched", () => {
  const text = "profile p {\n  deny /a r , # c\n}\n";
  assert.equal(edited(text, replaced).text, "profile p {\n  deny /a r, # c\n}\n");
});

function set(header: string, ...changes: readonly Change[]): string {
  return edited(`${header} {\n}\n`, changes).text.slice(0, -5);
}

function mode(name: "enforce" | "complain" | "kill"): Change {
  return { kind: "set-mode", profile: ["p"], mode: name };
}

test("flags are set and cleared without touching the rest of the header", () => {
  assert.equal(set("profile p", mode("complain")), "profile p flags=(complain)");
  assert.equal(set("profile p /bin/p", mode("complain")), "profile p /bin/p flags=(complain)");
  assert.equal(set("profile p flags=(complain)", mode("enforce")), "profile p");
  assert.equal(
    set("profile p flags=(attach_disconnected,complain)", mode("enforce")),
    "profile p flags=(attach_disconnected)",
  );
  assert.equal(set("profile p flags=(complain audit)", mode("kill")), "profile p flags=(audit kill)");
  assert.equal(set("profile p (audit, complain)", mode("kill")), "profile p (audit, kill)");
  assert.equal(set("profile p flags=(complain)", mode("complain")), "profile p flags=(complain)");
  assert.equal(
    set("profile p", mode("complain"), { kind: "set-flag", profile: ["p"], flag: "attach_disconnected" }),
    "profile p flags=(complain, attach_disconnected)",
  );
  assert.equal(set("profile p flags=(audit)", { kind: "clear-flag", profile: ["p"], flag: "audit" }), "profile p");
});

function include(path: string, ifExists = false): Change {
  return { kind: "add-include", profile: ["p"], include: { path, searched: true, ifExists } };
}

test("includes go to the includes, local ones to the end, and none twice", () => {
  const text = "abi <abi/4.0>,\ninclude <tunables/global>\nprofile p {\n  include <abstractions/base>\n\n  /a r,\n}\n";
  assert.equal(
    edited(text, [include("abstractions/nameservice")]).text,
    text.replace("base>\n", "base>\n  include <abstractions/nameservice>\n"),
  );
  assert.equal(edited(text, [include("abstractions/base")]).text, text);
  assert.equal(
    edited(text, [include("local/p", true)]).text,
    text.replace("/a r,\n", "/a r,\n\n  include if exists <local/p>\n"),
  );
  assert.equal(
    edited(text, [
      { kind: "add-include", profile: undefined, include: { path: "tunables/x", searched: true, ifExists: false } },
    ]).text,
    text.replace("global>\n", "global>\ninclude <tunables/x>\n"),
  );
  const gone: Change = { kind: "remove-include", profile: ["p"], path: "abstractions/base" };
  assert.equal(edited(text, [gone]).text, text.replace("  include <abstractions/base>\n", ""));
  assert.deepEqual(edited(text, [{ ...gone, path: "none" }]).problems, ["include-not-found"]);
});

test("a child or hat with its rules goes to the end of its parent, a profile to the end of the file", () => {
  const text = "profile p {\n  /a r,\n\n  include if exists <local/p>\n}\n";
  const child: Change = {
    kind: "add-profile",
    parent: ["p"],
    profile: { keyword: "profile", name: "c", attachment: "/bin/c", rules: [read("/x")] },
  };
  const hat: Change = { kind: "add-profile", parent: ["p"], profile: { keyword: "hat", name: "h" } };
  assert.equal(
    edited(text, [child, hat]).text,
    text.replace("p>\n}", "p>\n\n  profile c /bin/c {\n    /x r,\n  }\n\n  hat h {\n  }\n}"),
  );
  assert.deepEqual(edited("profile p {\n  ^h { }\n}\n", [hat]).problems, ["profile-exists"]);
  const top: Change = { kind: "add-profile", parent: undefined, profile: { keyword: "profile", name: "q" } };
  assert.equal(edited(text, [top]).text, `${text}\nprofile q {\n}\n`);
  assert.equal(edited(text.trimEnd(), [top]).text, `${text}\nprofile q {\n}`);
});
