import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveText } from "../../../tests/support/policies.ts";
import { aliasedProfiles } from "../../language/model/index.ts";
import { attach, decide, execDestination } from "./index.ts";

/** Where `p` of the text gets to with a path, in a few words. */
function leads(rules: string, path: string, others = ""): string {
  const world = resolveText(`profile p {\n${rules}\n}\n${others}`).value.profiles;
  const [own] = world;
  assert.ok(own !== undefined);
  const to = execDestination({ caller: [own], world, path, owner: false });
  switch (to.kind) {
    case "profile":
      return `${to.label}${to.secure ? " secure" : ""}`;
    case "refused":
      return `refused: ${to.reason}`;
    case "inherit":
    case "unconfined":
      return `${to.kind}${to.fallback ? " fallback" : ""}`;
  }
}

const OTHER = "profile other /bin/x {\n}\nprofile two {\n}\n";

test("profiles are found by attachment, children among the caller's own", () => {
  assert.equal(leads("/bin/x Px,", "/bin/x", OTHER), "other secure");
  assert.equal(leads("/bin/x px,", "/bin/x", OTHER), "other");
  assert.equal(leads("/bin/* px,", "/bin/y", OTHER), "refused: no-profile");
  assert.equal(leads("/bin/x cx,\nprofile kid /bin/x {\n}", "/bin/x", OTHER), "p//kid");
  assert.equal(leads("/bin/x cx,\nprofile /bin/x {\n}", "/bin/x"), "p///bin/x");
  assert.equal(leads("/bin/x cx,", "/bin/x", OTHER), "refused: no-profile");
});

test("named targets are looked up by name, children below the caller", () => {
  assert.equal(leads("/bin/y Px -> two,", "/bin/y", OTHER), "two secure");
  assert.equal(leads("/bin/y cx -> kid,\nprofile kid {\n}", "/bin/y"), "p//kid");
  assert.equal(leads("/bin/y cx -> &p//kid,\nprofile kid {\n}", "/bin/y"), "p//&p//kid");
  assert.equal(leads("/bin/y px -> p//kid,\nprofile kid {\n}", "/bin/y"), "p//kid");
  assert.equal(leads("/bin/y px -> other//&two,", "/bin/y", OTHER), "other//&two");
  assert.equal(leads("/bin/x px -> &two,", "/bin/x", OTHER), "other//&two");
  assert.equal(leads("/bin/y px -> &two,", "/bin/y", OTHER), "refused: no-profile");
  assert.equal(leads("/bin/y px -> none,", "/bin/y", OTHER), "refused: no-profile");
});

test("what is missing is wanted by the name that the compiler writes", () => {
  const [own] = resolveText("profile p {\n/bin/y cx -> kid,\n/bin/z px -> none,\n/bin/* ix -> none,\n}\n").value
    .profiles;
  assert.ok(own !== undefined);
  const to = (path: string): ReturnType<typeof execDestination> =>
    execDestination({ caller: [own], world: [own], path, owner: false });
  assert.deepEqual(to("/bin/y"), { kind: "refused", reason: "no-profile", wanted: "p//kid" });
  assert.deepEqual(to("/bin/z"), { kind: "refused", reason: "no-profile", wanted: "none" });
  assert.deepEqual(to("/bin/x"), { kind: "inherit", fallback: true });
});

test("what is missing falls back on what the mode says", () => {
  assert.equal(leads("/bin/y pix,", "/bin/y", OTHER), "inherit fallback");
  assert.equal(leads("/bin/y PUx,", "/bin/y", OTHER), "unconfined fallback");
  assert.equal(leads("/bin/y ix,", "/bin/y"), "inherit");
  assert.equal(leads("/bin/y Ux,", "/bin/y"), "unconfined");
});

test("no rule, a deny rule and rules that disagree refuse", () => {
  assert.equal(leads("/bin/x r,", "/bin/x"), "refused: no-rule");
  assert.equal(leads("/bin/x ix,\ndeny /bin/x x,", "/bin/x"), "refused: denied");
  assert.equal(leads("/bin/* ix,\n/*/x px,", "/bin/x", OTHER), "refused: conflicting-rules");
  assert.equal(leads("/bin/* ix,\n/bin/x px,", "/bin/x", OTHER), "other");
});

test("a profile attaches under the names its aliases give it", () => {
  const text =
    "alias /bin -> /mnt/bin,\nprofile p {\n  /mnt/bin/* px,\n}\nprofile other /bin/x {\n}\nprofile /bin/named {\n}\n";
  const [caller, ...others] = aliasedProfiles(resolveText(text).value);
  assert.ok(caller !== undefined);
  for (const [program, label] of [
    ["/mnt/bin/x", "other"],
    ["/mnt/bin/named", "/bin/named"],
    ["/mnt/bin/y", undefined],
  ] as const) {
    const found = attach([caller, ...others], program);
    assert.equal(found.kind === "found" ? found.profile.name : undefined, label, program);
  }
});

test("a rule holds under the names its aliases give it", () => {
  const policy = resolveText("alias /usr -> /mnt/usr,\nprofile p {\n  /usr/lib/* r,\n}\n").value;
  const asked = { kind: "file", path: "/mnt/usr/lib/x", letters: ["r"], owner: false } as const;
  const [plain] = policy.profiles;
  const [aliased] = aliasedProfiles(policy);
  assert.ok(plain !== undefined && aliased !== undefined);
  assert.deepEqual([decide(plain, asked).allowed, decide(aliased, asked).allowed], [false, true]);
  assert.deepEqual(decide(aliased, asked).allowedBy[0]?.origin, plain.rules[0]?.origin);
});
