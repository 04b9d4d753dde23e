/** Which profile attaches: what the monitor foresees from the model is what a kernel finds in the compiled policy (kernel-abi 6.7). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { attach } from "../../src/analysis/monitor/index.ts";
import { compiledDestination } from "../../src/analysis/tables/index.ts";
import { aliasedProfiles } from "../../src/language/model/index.ts";
import { allFeatures } from "../support/check-policy.ts";
import { compileText } from "../support/pipeline.ts";
import { randomAttachments } from "../support/random-attachments.ts";
import { Random } from "../support/random.ts";

/** As distributions write them. */
const usual =
  "/usr/bin/c* /usr/bin/*t /usr/** /usr/{,s}bin/* /usr/bin/{cat,cp} /{usr/,}bin/ca? /usr/bin/cat /usr/bin/[a-d]* /** /usr/*/cat /{,usr/}{,s}bin/c*t /usr/bin/*{a,b}*".split(
    " ",
  );
const PIECES = new Map([
  ["**", ["", "a", "bin/a", "abc/x", "foo"]],
  ["*", ["", "a", "foo", "bb", "cat", "tt"]],
  ["?", ["a", "b", "t"]],
  ["[ab]", ["a", "b"]],
  ["[^z]", ["a", "c", "y"]],
  ["[a-d]", ["c", "d"]],
]);

/** A path that may match. */
function pathFor(pattern: string, random: Random): string {
  let text = pattern;
  while (/\{[^{}]*\}/.test(text)) {
    text = text.replace(/\{([^{}]*)\}/, (_, branches: string) => random.pick(branches.split(",")));
  }
  const filled = text.replaceAll(/\*\*|\[[^\]]*\]|[*?]/g, (piece) => random.pick(PIECES.get(piece) ?? [piece]));
  return filled.replaceAll(/\/+/g, "/");
}

test("profiles attach as the compiled policy makes a kernel attach them", () => {
  const random = new Random(11);
  const seen = { found: 0, conflict: 0, none: 0 };
  for (let round = 0; round < 250; round += 1) {
    const isUsual = round % 2 === 0;
    const attachments = isUsual
      ? Array.from({ length: 3 }, () => random.pick(usual))
      : randomAttachments(random.below(1e9), 3);
    const alias = round % 5 === 0 ? "alias /usr -> /mnt,\n" : "";
    const profiles = attachments.map((attachment, index) => `profile q${index} ${attachment} {\n}\n`);
    const made = compileText(`${alias}profile caller {\n  /{,**} px,\n}\n${profiles.join("")}`, {
      kernelFeatures: allFeatures,
      policyFeatures: allFeatures,
    });
    // Some random patterns are refused.
    if (made.errors.length > 0) continue;
    // Both lists in the order of the compiled policy: only then are ties broken alike.
    const compiled = made.policy.profiles;
    const model = aliasedProfiles(made.model);
    const inOrder = compiled.flatMap(({ name }) => model.filter((profile) => profile.name === name));
    const caller = compiled.find(({ name }) => name === "caller");
    assert.ok(caller !== undefined && inOrder.length === compiled.length);
    for (let asked = 0; asked < 4; asked += 1) {
      const wanted = pathFor(random.pick(attachments), random);
      const path = alias === "" ? wanted : wanted.replace(/^\/usr/, random.pick(["/usr", "/mnt"]));
      const foreseen = attach(inOrder, path);
      const found = compiledDestination({ kernel: "7.2", caller, world: compiled, path, owner: false });
      const label = foreseen.kind === "found" ? foreseen.profile.name : undefined;
      assert.equal(label, found.kind === "profile" ? found.label : undefined, `${path} in ${attachments.join(" ")}`);
      seen[foreseen.kind] += 1;
    }
  }
  assert.ok(Math.min(seen.found, seen.conflict, seen.none) > 20, JSON.stringify(seen));
});
