/** Laws over the words of a call, whatever verb it is: none is taken for something else, none is without effect, and nothing is lost by them. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { machine } from "../../../tests/support/machine.ts";
import { policyOptions } from "./policy-options.ts";
import { loadVerb, verbNames } from "./index.ts";

const good = "abi <kernel>,\nprofile good /usr/bin/good {\n  /etc/good r,\n}\n";
const suite = 'test "one" for good {\n  all /etc/good r,\n}\n';

/** Calls with an empty word in the place of an operand. */
const empty: Readonly<Record<string, readonly (readonly string[])[]>> = {
  check: [[""], ["p", ""]],
  fmt: [[""], ["p", ""]],
  compile: [[""], ["--no-cache", "p", ""]],
  decode: [[""]],
  diff: [
    ["", "p"],
    ["p", ""],
  ],
  test: [[""], ["p", ""]],
  load: [[""]],
  unload: [[""], ["old", ""]],
  query: [
    ["", "/x r"],
    ["p", ""],
  ],
  explain: [
    ["", "good", "/x r"],
    ["p", "", "/x r"],
    ["p", "good", ""],
  ],
  lint: [[""]],
  port: [["--to", "3.0", ""]],
  reach: [
    ["", "good"],
    ["p", ""],
    ["p", "good", ""],
  ],
  app: [["plan", ""], [""]],
  package: [["docker", ""], [""]],
  tools: [["link", ""], ["unlink", ""], [""]],
  completion: [[""]],
  lab: [[""]],
  learn: [[""]],
};

test("an empty word is no operand: not the directory that one stands in, and no file", async (t) => {
  const { run } = machine(t, {});
  const without = ["status", "ps", "audit", "undo"];
  assert.deepEqual([...Object.keys(empty), ...without].toSorted(), verbNames.toSorted());
  for (const [verb, calls] of Object.entries(empty)) {
    for (const words of calls) {
      const { status, err, out } = await run([verb, ...words]);
      assert.deepEqual([status, out], [2, ""], `${verb} ${words.join(" ")}: ${err}`);
      assert.match(err, /an operand is an empty word|takes no operands but run/, `${verb} ${words.join(" ")}`);
    }
  }
  // The arguments of a program may be empty.
  assert.doesNotMatch((await run(["learn", "run", "--", "/bin/true", ""])).err, /empty word/);
});

test("standard input is read once: who names it twice is not told that nothing is wrong with the second", async (t) => {
  const { path, run } = machine(t, { good, suite });
  for (const words of [
    ["check", "-", "-"],
    ["fmt", "-", "-"],
    ["compile", "--no-cache", "-", path("good"), "-"],
    ["decode", "-", "-"],
    ["load", "-", "-"],
    ["diff", "-", "-"],
    ["test", "-", "-"],
    ["package", "docker", "-", "-"],
    ["audit", "--log", "-", "--log=-"],
    ["learn", "--log", "-", "-f-"],
    ["explain", "--event", "-", "-"],
    ["test", "--init", "good", "--log", "-", "-"],
  ]) {
    const { status, err } = await run(words, good);
    assert.equal(status, 2, `${words.join(" ")}: ${err}`);
    assert.match(err, /standard input can be read once/, words.join(" "));
  }
  assert.equal((await run(["check", "-", path("good")], good.replaceAll("good", "other"))).status, 0);
});

/** Where one of two options would have no effect, or the opposite one. */
const conflicts: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  compile: [
    ["--quiet", "--verbose"],
    ["--cache=/tmp", "--no-cache"],
  ],
  load: [
    ["--complain", "--binary"],
    ["--cache=/tmp", "--no-cache"],
    ["--features=abi-3.0", "--binary"],
    ["--namespace=n", "--binary"],
    ["--no-cache", "--binary"],
  ],
  audit: [
    ["--follow", "--group=profile"],
    ["--follow", "--until=now"],
    ["--log=/dev/null", "--source=journal"],
    ["--json", "--json-lines"],
  ],
  learn: [
    ["--diff", "--apply"],
    ["--log=/dev/null", "--source=journal"],
  ],
  undo: [["--diff", "--forget"]],
  test: [
    ["--init=good", "--coverage"],
    ["--init=good", "--mutations"],
    ["--init=good", "--watch"],
    ["--init=good", "--tap"],
    ["--init=good", "--junit"],
    ["--init=good", "--json"],
    ["--tap", "--junit"],
  ],
  check: [["--json", "--sarif"]],
  decode: [["--json", "--dot"]],
  diff: [["--markdown", "--sarif"]],
  reach: [["--svg", "--format=dot"]],
};

test("of two options that exclude each other none wins without a word", async (t) => {
  const { path, run } = machine(t, { good });
  const operands: Readonly<Record<string, readonly string[]>> = {
    audit: [],
    learn: [],
    undo: [],
    reach: [path("good"), "good"],
    diff: [path("good"), path("good")],
  };
  for (const [verb, pairs] of Object.entries(conflicts)) {
    for (const pair of pairs) {
      for (const words of [pair, pair.toReversed()]) {
        const { status, err } = await run([verb, ...words, ...(operands[verb] ?? [path("good")])]);
        const call = `${verb} ${words.join(" ")}`;
        assert.equal(status, 2, `${call}: ${err}`);
        const names = pair.map((word) => word.replace(/=.*/, ""));
        assert.ok(err.includes("choose one of ") && names.every((name) => err.includes(name)), `${call}: ${err}`);
      }
    }
  }
  // What is compiled already is what it is, whatever else is asked for.
  const load = await loadVerb("load");
  for (const { key } of policyOptions)
    assert.ok(
      load?.conflicts?.some((pair) => pair.includes(key) && pair.includes("binary")),
      key,
    );
  // Every pair is of options that there are.
  for (const name of verbNames) {
    const command = await loadVerb(name);
    const known = new Set(command?.options.map(({ key }) => key));
    assert.deepEqual(
      (command?.conflicts ?? []).flat().filter((key) => !known.has(key)),
      [],
      name,
    );
  }
});

test("nothing is written over what it is made of, or over another result", async (t) => {
  const { path, read, run } = machine(t, { "d/good": good, "e/good": good, good, "out/.keep": "" });
  const before = readdirSync(path("d"));
  for (const [words, says] of [
    [["compile", "--no-cache", "-o", path("good"), path("good")], /is itself to be compiled/],
    [["compile", "--no-cache", "-o", path("d/../good"), path("good")], /is itself to be compiled/],
    [["compile", "--no-cache", "-o", path("d"), path("d")], /would be taken for policy/],
    [["compile", "--no-cache", "-o", path("out"), path("d/good"), path("e/good")], /two files are called good/],
    [["test", "--init", "good", "--force", "-o", path("good"), path("good")], /is the policy itself/],
  ] as const) {
    const { status, err } = await run(words);
    assert.equal(status, 2, err);
    assert.match(err, says);
    assert.equal(read("good"), good);
  }
  assert.deepEqual(readdirSync(path("d")), before);
  assert.deepEqual(readdirSync(path("out")), [".keep"]);
  assert.equal((await run(["compile", "--no-cache", "-o", path("out"), path("d/good")])).status, 0);
});

test("a file that is named twice is written once, and is nobody else's change", async (t) => {
  const { path, read, run } = machine(t, { "d/good": good.replace("  /etc", "/etc") });
  const twice = [path("d/good"), path("d/../d/good"), path("d")];
  assert.match((await run(["compile", "--no-cache", ...twice])).err, /^1 of 1 files compiled/m);
  const { status, err } = await run(["fmt", ...twice]);
  assert.deepEqual([status, /changed by somebody else/.test(err)], [0, false]);
  assert.match(read("d/good"), /^ {2}\/etc\/good r,$/m);
});

test("a profile that nobody has is told with the one that may be meant, by whichever option it is named", async (t) => {
  const { path, run } = machine(t, { good });
  for (const words of [
    ["query", "--by", "god", path("good"), "/x r"],
    ["query", "--by", "god//&good", path("good"), "/x r"],
    ["reach", path("good"), "god"],
    ["package", "docker", "--profile", "god", path("good")],
  ]) {
    const { status, err } = await run(words);
    assert.notEqual(status, 0);
    assert.match(err, /`good`/, words.join(" "));
  }
  const { out } = await run(["query", "--json", "--by", "god", path("good"), "/x r"]);
  assert.deepEqual(JSON.parse(out).refusals, ["there is no profile `god`; did you mean `good`?"]);
});

test("an option in front of the verb is said to be in the wrong place", async (t) => {
  const { run } = machine(t, {});
  const { status, err } = await run(["--json", "check"]);
  assert.deepEqual([status, /options come after it/.test(err)], [2, true], err);
});

test("one bad operand loses none of the good ones, wherever it stands, and the status says that it is there", async (t) => {
  const other = good.replaceAll("good", "other");
  const { path, run } = machine(t, { good, other, "tests/suite.aatest": suite, "s.aatest": suite, bad: "profile {" });
  await run(["compile", "--no-cache", "-o", path("one.bin"), path("good")]);
  await run(["compile", "--no-cache", "-o", path("two.bin"), path("other")]);
  // The words in front, two good operands, and what of the document says that they were looked at.
  const calls: readonly (readonly [front: readonly string[], goods: readonly string[], said: RegExp])[] = [
    [["check"], [path("good"), path("other")], /"file":"[^"]*\/(\w+)","ok":true/g],
    [["fmt", "--check"], [path("good"), path("other")], /"path":"[^"]*\/(\w+)","changed":true/g],
    [["compile", "--no-cache"], [path("good"), path("other")], /"path":"[^"]*\/(\w+)","ok":true/g],
    [["decode"], [path("one.bin"), path("two.bin")], /"name":"[^"]*\/(\w+)\.bin","ok":true/g],
    [["load", "--no-cache"], [path("good"), path("other")], /"path":"[^"]*\/(\w+)","profiles":\["\w+"\],"ok":true/g],
    [["test", path("good")], [path("s.aatest"), path("tests/suite.aatest")], /"suite":"[^"]*\/(\w+)\.aatest"/g],
  ];
  for (const [front, goods, said] of calls) {
    const found = (out: string): readonly string[] => [...out.matchAll(said)].map(([, name = ""]) => name).toSorted();
    const [verb = ""] = front;
    const alone = await run([...front, "--json", ...goods]);
    const wanted = found(alone.out);
    assert.equal(wanted.length, 2, `${verb}: ${alone.out}`);
    for (const bad of [path("missing"), path("bad")]) {
      for (const at of [0, 1, 2]) {
        const { out, status } = await run([...front, "--json", ...goods.toSpliced(at, 0, bad)]);
        const call = `${front.join(" ")}, ${bad} at ${at}: ${out}`;
        assert.notEqual(status, 0, call);
        assert.deepEqual(found(out), wanted, call);
        assert.ok(out.includes(bad), call);
      }
    }
  }
});
