/** What sid ships, every construct, odd ends and errors, written out with the includes in place: equal to the byte. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { askBoth } from "../support/both-parsers.ts";
import { repository } from "../support/check-policy.ts";
import { dose, sample } from "../support/dose.ts";
import { findOracle } from "../support/oracle.ts";
import { shippedProfiles } from "../support/shipped.ts";

const oracle = await findOracle();
const skip = oracle.ok ? false : oracle.error;
const features = ["-M", "features"];
/** A directory of includes is no file beside the texts; `inc` and the rest are. */
const files = {
  inc: "/x r,\n",
  open: "/nonl r,",
  half: "/unfinished",
  deep: "# words\n/d r,\ninclude <inc>\n#include <open>\n/d2 r,\n",
  crlf: "/crlf r,\r\n# words\r\n",
  self: "include <self>\n/self r,\n",
  set: '@{A}=/a /b\n@{B} = "/c d" \\\n  /e # words\n@{A}+=/z\n$F = true\n',
  unset: "@{U}=/u",
  unsetComment: "@{U}=/u # words",
  "q u": "/quoted r,\n",
  broken: "/b r\n",
};

const texts: readonly string[] = [
  "",
  "\n",
  "# only words\n",
  "\n\n  \t \nprofile a { }\n\n\n",
  "profile a {\n /a r, }",
  "include <set>\nprofile a { @{A} r, }\n",
  "include\t<set>\nprofile a { }",
  "#include <set>\n#include if exists <nope>\nprofile a { }\n",
  "include <unset>\nprofile a { }\n",
  "include <unset>\n# words\nprofile a { }\n",
  "include <unsetComment>\nprofile a { }\n",
  "@{C} = /c   # words\n@{D}=/d\n\n$E = false # words\nprofile a { }\n",
  '@{C} = a\\\n b\\\n\n@{D}="x y"\nprofile a { }\n',
  "@{C}=x\r\n@{D}=y # words\r\nprofile a {\r\n /e r,\r\n # words\r\n}\r\n",
  "@{C} \n=a\n #x\nprofile a { }",
  "@{C}=a",
  "@{C}=a #x",
  "@{C}=a \\",
  "alias /a -> /b,\nprofile a flags=(complain) { }\n",
  'abi <features>,\nabi "features",\nabi features ,\nprofile a { }\n',
  "profile a { include <inc> include <open> }\n",
  "profile a { include <deep>\n include <inc>\n include <inc>\n}\n",
  "profile a { include <inc>\n ^h { include <inc>\n } include <inc>\n }\nprofile b { include <inc>\n }\n",
  'profile a { include inc\n include "./inc"\n include "inc"\n include <"q u">\n include "q u" /i r, /k r,\n}\n',
  'profile a { include if exists "nope"\n include if exists nope\n include if exists <nope> /a r,\n}\n',
  "profile a {   include   if  exists    <inc>   /foo r,\n   #include if exists <inc>\n}\n",
  "profile a {\n#include <inc># x\n #including\n #foo include\n}\n",
  "profile a { include <half>\n r,\n /b include <open> r,\n}\n",
  "profile a { include <crlf>\n include <self>\n}\n",
  'profile a { "/a b" r, /a\\040b r, @{C}r, }\n',
  "$F=true\nprofile a { if $F { /a r, } else if not $F { include <inc>\n } else { /c r, } }\n",
  "profile a { network inet stream, unix (send) peer=(label=foo), mount options=(rw,bind) /a -> /b,\n" +
    " set rlimit nofile <= 10, change_profile /a -> b, audit deny owner /a rwk, priority=3 /b r, all, }\n",
  // What is wrong ends the text.
  "profile a {\n /a zz,\n /b r,\n}\n",
  "profile a {\n /a r r,\n}\n",
  "profile a {\n /a r\n /b r,\n}\n",
  "profile a {\n include <nope>\n /b r,\n}\n",
  'profile a {\n include "nope"\n /b r,\n}\n',
  "profile a {\n include <broken>\n /b r,\n}\n",
  "profile a { include <inc>,\n }\n",
  "include <inc",
  "include # words\n <set>\nprofile a { }",
  "include\n <set>\nprofile a { }",
  "include <inc> profile a {}\n",
  'profile a { include ""\n }\n',
  "abi <nope>,\nprofile a { }\n",
  "@{A}=/b\n@{A}=/c\nprofile a {\n}\n",
  "@{A}+=/b\nprofile a {\n}\n",
  "@{A}=\nprofile a {\n}\n",
  "@{A}=a, b\nprofile a {\n}\n",
  "profile a { }\n@{A}=b\n",
  "profile a { } alias /a -> /b,",
  "profile a { capability foo, }\n",
  "profile a { ! /b r, }\n",
  "profile a { /b r,\n",
  "profile a flags=(foo) { }\n",
  "profile a { set rlimit foo <= 3, /b r, }\n",
  "profile a { /b r, } profile a { }\n",
  "profile a { ^h { } ^h { } /b r, }\n",
  "profile a { }\n}\n",
  "profile a { /a r, }\n# no line feed",
  "profile t usr { /a r, }\n",
];

const kernel = readFileSync(join(repository, "tests/corpus/features/debian-kernel-7.2"), "utf8");

test("what sid ships is preprocessed to the same bytes", { skip }, async () => {
  if (!oracle.ok) return;
  const paths = shippedProfiles(oracle.value.root);
  assert.ok(paths.length > 250, `only ${paths.length} files`);
  const answers = await askBoth(oracle.value, { paths, files: { features: kernel } }, ["-p", ...features]);
  for (const { name, ours, theirs } of answers) {
    assert.equal(ours.status, theirs.status, `${name}: ${ours.err}${theirs.err}`);
    assert.equal(ours.out, theirs.out, name);
  }
});

test("every construct, odd ends and errors are preprocessed to the same bytes", { skip }, async () => {
  if (!oracle.ok) return;
  const given = { texts, files: { ...files, features: kernel } };
  for (const { name, ours, theirs } of await askBoth(oracle.value, given, ["-p", ...features])) {
    const text = JSON.stringify(texts[Number(name.slice(4))]);
    assert.equal(ours.out, theirs.out, text);
    assert.equal(ours.status, theirs.status, `${text}: ${ours.err}${theirs.err}`);
  }
});

test("texts of every kind of rule are preprocessed to the same bytes", { skip }, async () => {
  if (!oracle.ok) return;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own file
  const corpus = JSON.parse(readFileSync(join(repository, "tests/corpus/policy-language.json"), "utf8")) as readonly {
    readonly text: string;
  }[];
  const all = corpus.map(({ text }) => text);
  const given = { texts: sample(all, 3, 1), files: { features: kernel } };
  let accepted = 0;
  for (const { name, ours, theirs } of await askBoth(oracle.value, given, ["-p", ...features])) {
    const text = JSON.stringify(given.texts[Number(name.slice(4))]);
    if (theirs.status === 0) {
      assert.equal(ours.out, theirs.out, text);
      accepted += 1;
    } else if (!theirs.err.includes("too many specified profile transitions")) assert.notEqual(ours.status, 0, text);
  }
  assert.ok(accepted > dose(440, 1350), `only ${accepted} texts are accepted`);
});
