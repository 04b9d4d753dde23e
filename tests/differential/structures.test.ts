/** `-d` of what sid ships and of the texts of the language corpus: equal to the byte. */
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
const files = { features: readFileSync(join(repository, "tests/corpus/features/debian-kernel-7.2"), "utf8") };
const debug = ["-M", "features", "-d"];

test("-d of what sid ships gives the same bytes", { skip }, async () => {
  if (!oracle.ok) return;
  const paths = shippedProfiles(oracle.value.root);
  const wrong: string[] = [];
  let merged = 0;
  for (const { name, ours, theirs } of await askBoth(oracle.value, { paths, files }, debug)) {
    if (ours.status !== theirs.status) wrong.push(`${name}: ${ours.status}/${theirs.status} ${ours.err}${theirs.err}`);
    else if (ours.out !== theirs.out && withoutMerging(ours.out) === withoutMerging(theirs.out)) merged += 1;
    else if (ours.out !== theirs.out) wrong.push(firstDifference(name, ours.out, theirs.out));
    else if (flagLines(ours) !== flagLines(theirs)) wrong.push(firstDifference(name, ours.err, theirs.err));
  }
  assert.deepEqual(wrong, []);
  assert.ok(merged < 10, `in ${merged} of ${paths.length} files permissions stand with another of several equal rules`);
});

/** Which of several equal rules is given the permissions of all depends on how 5.0.2 sorts (known-differences.md). */
function withoutMerging(text: string): string {
  return text
    .replaceAll(/^((?:[a-z=0-9]+ )*(?:unix|ptrace|signal|mqueue|io_uring|dbus)) \([a-z_ ]+\)/gm, "$1")
    .replaceAll(/u?mount( flags=.*) \(0x[0-9a-f]\/0x[0-9a-f]\),$/gm, "mount$1,");
}

test("-d of texts of every kind of rule gives the same bytes", { skip }, async () => {
  if (!oracle.ok) return;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own file
  const corpus = JSON.parse(readFileSync(join(repository, "tests/corpus/policy-language.json"), "utf8")) as readonly {
    readonly text: string;
  }[];
  const texts = sample(
    corpus.map(({ text }) => text),
    3,
    0,
  );
  const wrong: string[] = [];
  let accepted = 0;
  for (const { name, ours, theirs } of await askBoth(oracle.value, { texts, files }, debug)) {
    const text = JSON.stringify(texts[Number(name.slice(4))]);
    if (theirs.status === 0) accepted += 1;
    if (passedOver.some((shape) => shape.test(text))) continue;
    if ((ours.status === 0) !== (theirs.status === 0)) wrong.push(`${text}: ${ours.err}${theirs.err}`);
    else if (ours.out !== theirs.out) wrong.push(firstDifference(text, ours.out, theirs.out));
    else if (theirs.status === 0 && flagLines(ours) !== flagLines(theirs))
      wrong.push(firstDifference(text, ours.err, theirs.err));
  }
  assert.deepEqual(wrong, []);
  assert.ok(accepted > dose(440, 1300), `only ${accepted} texts are accepted`);
});

/** What is said of flags; warnings have words of their own. */
function flagLines({ err }: { readonly err: string }): string {
  return err
    .split("\n")
    .filter((line) => line.startsWith("Mode: "))
    .join("\n");
}

/** known-differences.md. */
const passedOver: readonly RegExp[] = [
  // The 13th exec target.
  /-> p12,/,
  // A namespace that means nothing, since the profile is a child.
  /\{ (?:profile |\^):ns:c/,
  // The owner of a change_profile rule.
  /owner \{ change_profile/,
];

function firstDifference(name: string, ours: string, theirs: string): string {
  const [own, other] = [ours.split("\n"), theirs.split("\n")];
  const at = own.findIndex((line, index) => line !== other[index]);
  return `${name}, line ${at}: ours ${own.slice(at, at + 3).join(" / ")} theirs ${other.slice(at, at + 3).join(" / ")}`;
}
