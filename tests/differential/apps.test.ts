/**
 * Profiles of `armorer app` for programs at odd paths: 5.0.2 reads those for ABI 4.0, 3.0.8 those for ABI 3.0, and what each of them
 * compiles attaches to that program and to none that is called nearly the same.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { test } from "node:test";
import { openOracle } from "../../lab/index.ts";
import { type AppAbi, appPathProblem, appProfileText } from "../../src/app/apps.ts";
import { type CompiledProfile, match, startState } from "../../src/compiler/compiled/index.ts";
import { decodePolicy } from "../../src/compiler/policydb/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { appPaths, nearMisses } from "../support/app-paths.ts";
import { dose } from "../support/dose.ts";
import { inScratch, start } from "../support/oracle.ts";
import { compileText, filesBelow } from "../support/pipeline.ts";

/** All of them: `npm run apps`. */
const COUNT = Number(process.env["ARMORER_APPS"] ?? dose(300, 2000));
const NEAR = Number(process.env["ARMORER_APPS_NEAR"] ?? dose(100, 1000));
const SEED = Number(process.env["ARMORER_APPS_SEED"] ?? 20_261_129);
/** The number of the mode (kernel-abi 3.2). */
const UNCONFINED = 3;
/** Files that one start of a parser reads. */
const BATCH = 100;

const features = readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8");
const kernelFeatures = parseFeatures(features).tree;
const sid = await openOracle();
const bookworm = await openOracle("bookworm");
const paths = appPaths(SEED, COUNT);

/** What of a program and its likes a compiled profile attaches to, but for the program itself. */
function wrongly({ xmatch }: CompiledProfile, path: string, near: readonly string[]): readonly string[] {
  assert.ok(xmatch !== undefined);
  const { dfa } = xmatch;
  const attaches = (one: string): boolean =>
    dfa.outputs[match(dfa, startState(xmatch, "xmatch"), encodeBytes(one))] !== 0;
  return [...(attaches(path) ? [] : [`not ${path}`]), ...near.filter(attaches)];
}

/** Compiles texts with the parser of a tree, in batches; the profiles in order. */
function compileThere(root: string, texts: readonly string[]): readonly CompiledProfile[] {
  const found: CompiledProfile[] = [];
  for (let from = 0; from < texts.length; from += BATCH) {
    const some = texts.slice(from, from + BATCH);
    const files = Object.fromEntries(some.map((text, at) => [`p${at}`, text]));
    const argv = ["-QKSq", "-j0", "-M", "features", ...some.map((_, at) => `p${at}`)];
    const answer = inScratch(root, { ...files, features }, (work) =>
      start(root, { directory: `/tmp/${basename(work)}`, argv }),
    );
    assert.equal(answer.status, 0, answer.stderr);
    assert.equal(answer.stderr, "");
    const decoded = decodePolicy(answer.stdout);
    assert.ok(decoded.ok);
    assert.deepEqual(
      decoded.value.profiles.map(({ name }) => name),
      some.map((_, at) => `p${from + at}`),
    );
    found.push(...decoded.value.profiles);
  }
  return found;
}

function textsFor(abi: AppAbi): readonly string[] {
  return paths.map((path, at) => appProfileText({ path, name: `p${at}`, abi }));
}

/** What we make of a text, with the ABIs of a tree. */
function compileHere(root: string, text: string): CompiledProfile {
  const found = { files: filesBelow(root), search: ["/etc/apparmor.d"], kernelFeatures };
  const { errors, policy } = compileText(text, found);
  assert.deepEqual(errors, []);
  const [profile] = policy.profiles;
  assert.ok(profile !== undefined);
  return profile;
}

test("programs may have any path", () => {
  assert.deepEqual(
    paths.map(appPathProblem).filter((problem) => problem !== undefined),
    [],
  );
});

test(
  "a profile for any path is read by 5.0.2 and 3.0.8, and attaches to that path and to none like it",
  { skip: sid.ok && bookworm.ok ? false : "needs the lab" },
  (context) => {
    assert.ok(sid.ok && bookworm.ok);
    const [newer, older] = [textsFor("4.0"), textsFor("3.0")];
    const theirs = [compileThere(sid.value.root, newer), compileThere(bookworm.value.root, older)];
    let asked = 0;
    const wrong = paths.flatMap((path, at) => {
      const near = nearMisses(SEED + at, path, NEAR);
      asked += near.length;
      const profiles = [...theirs.map((all) => all[at]), compileHere(sid.value.root, newer[at] ?? "")];
      return profiles.flatMap((profile) => {
        assert.ok(profile?.mode === UNCONFINED);
        return wrongly(profile, path, near).map((one) => [path, one]);
      });
    });
    context.diagnostic(`${paths.length} paths, ${asked} near misses`);
    assert.deepEqual(wrong, []);
    assert.ok(asked > 0.8 * COUNT * NEAR, `${asked}`);
  },
);
