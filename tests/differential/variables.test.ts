/** The variables of what sid ships, and of texts that define them in every way, as written and expanded: equal to the byte. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { askBoth } from "../support/both-parsers.ts";
import { repository } from "../support/check-policy.ts";
import { findOracle } from "../support/oracle.ts";
import { shippedProfiles } from "../support/shipped.ts";

const oracle = await findOracle();
const skip = oracle.ok ? false : oracle.error;
const kernel = readFileSync(join(repository, "tests/corpus/features/debian-kernel-7.2"), "utf8");
const files = { features: kernel };
const modes = ["variables", "expanded-variables"];
const flags = (mode: string): readonly string[] => ["-M", "features", "-D", mode];

/** So many variables, whose names are one after the other or look random. */
function many(count: number, name: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `@{${name(index)}}=/v${index} /w\n`).join("");
}

const texts: readonly string[] = [
  '@{B}=/b "c d" /a\n@{A}=@{B}x /z /z\n@{A}+=/y\n$F=true\n$G=false\n@{N}=@{B}/@{A}\nprofile p2 @{A} { @{A} r, }\n',
  '@{u}="q\\"t" a\\ttab \\052 x\\\\y\n@{v}="\\x41\\101" \\"x a\\,b {a,b} [c\\]d] \\y "" \nprofile p { }\n',
  "profile p { }\n",
  "@{X}=/a\n@{X}?=/b\n@{X} := /c\n$F=true\n$F?=false\n$F:=false\n@{Y}?=/d\nprofile p { }\n",
  "@{a}=/a\n@{b}=/a\n@{c}=/a\n@{d}=/c\n@{a} := /b\nprofile p { }\n",
  "$a=true\n@{b}=/a\n@{c}=/a\n@{d}=/c\n$a:=false\nprofile p { }\n",
  "@{X}=/a\n$F=defined @{X}\n@{X}+=/b\n$H = @{X} in /a\n@{X}+=/c\nprofile p { }\n",
  "@{b}=a//b /@{c}/ //@{c}// \n@{c}=x/ /y\nprofile p { /b r, }\n",
  '@{X}="" /a\n@{Y}=a@{X}b\nprofile p { }\n',
  // Values that cannot be expanded.
  "@{X}=/a @{Y} /b\n@{Z}=@{X}/z\nprofile p { @{X} r, }\n",
  "@{X}=@{X} /a\n@{Z}=@{X}\nprofile p { @{X} r, }\n",
  "@{X}=@{a,b} /a\nprofile p { @{X} r, }\n",
  "@{X}=@{F} /a\n$F=true\nprofile p { @{X} r, }\n",
  "@{A}=/q @{B}\n@{Q}=@{A}x\nprofile p {  }\n",
  "@{Q}=@{A}x\n@{A}=/q @{B}\nprofile p {  }\n",
  "@{Q}=@{A}x\n@{R}=@{A}y\n@{A}=/q @{B}\nprofile p {  }\n",
  "@{Q}=@{A}x\n@{A}=/q @{B}\n@{R}=@{A}y\n@{S}=@{A}z\n@{T}=@{A}z\nprofile p {  }\n",
  "@{A}=@{B}\n@{Q}=a@{A}\n@{C}=@{A} /c\nprofile p {  }\n",
  // What a profile's own variables leave behind.
  "@{X}=@{profile_name} /a\nprofile p { }\nprofile a { }\n",
  "@{X}=@{profile_name} /a\nprofile z { @{X} r, ^h { @{X} r, } }\nprofile a { @{X} r, }\n",
  "@{X}=@{exec_path} /a\nprofile z /z/@{X} { }\nprofile a /foo { @{X} r, }\nprofile b { @{X} r, }\n",
  "@{X}=@{profile_name} /a\n@{N}=c\nprofile p@{N} { @{X} r, }\nprofile pA { @{X} r, }\n",
  "@{X}=@{profile_name} /a\nprofile z { ^h { @{X} r, } ^c { @{X} r, } }\nprofile :n:b { @{X} r, }\n",
  // The order of a table of every size.
  ...[5, 12, 13, 14, 29, 30, 59, 60, 127, 128, 300].map((count) => `${many(count, (i) => `v${i}`)}profile p { }\n`),
  ...[10, 11, 12, 13, 27, 28].map((count) => `${many(count, (i) => `v${i}`)}profile z { ^h { } }\nprofile a /a { }\n`),
  ...[10, 11, 12, 13].map((count) => `${many(count, (i) => `x${i}`)}profile /a/b { }\n`),
  `${many(700, (i) => `long_name_${(i * 7919) % 100_003}_of_a_variable`)}profile p { }\n`,
  `${many(40, (i) => `v${i}`)}${Array.from({ length: 20 }, (_, i) => `@{v${(i * 7) % 40}} := /again\n`).join("")}profile p { }\n`,
  // What is wrong has no variables.
  "@{X}=/a\nprofile p { @{X} zz, }\n",
  "@{X}=/a\nprofile p { } profile p { }\n",
  "@{X}=/a\nprofile p { @{NOPE} r, }\n",
  "@{X}=/a\nprofile p { /[a r, }\n",
];

for (const mode of modes) {
  test(`-D ${mode} of every kind of definition gives the same bytes`, { skip }, async () => {
    if (!oracle.ok) return;
    for (const { name, ours, theirs } of await askBoth(oracle.value, { texts, files }, flags(mode))) {
      const text = JSON.stringify(texts[Number(name.slice(4))]).slice(0, 300);
      assert.equal(ours.out, theirs.out, text);
      assert.equal(ours.status, theirs.status, `${text}: ${ours.err}${theirs.err}`);
    }
  });

  test(`-D ${mode} of what sid ships gives the same bytes`, { skip }, async () => {
    if (!oracle.ok) return;
    const paths = shippedProfiles(oracle.value.root);
    // Expanding comes after compiling, which takes long and is the same for all.
    const chosen = mode === "variables" ? paths : paths.filter((_, index) => index % 16 === 0);
    let lines = 0;
    for (const { name, ours, theirs } of await askBoth(oracle.value, { paths: chosen, files }, flags(mode))) {
      assert.equal(ours.status, theirs.status, `${name}: ${ours.err}${theirs.err}`);
      assert.equal(ours.out, theirs.out, name);
      lines += ours.out.split("\n").length;
    }
    assert.ok(lines > 1000, `only ${lines} lines`);
  });
}
