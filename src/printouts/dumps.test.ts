import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOrder } from "./hash-order.ts";
import { introsort } from "./introsort.ts";

const defined = (names: string): readonly { readonly name: string; readonly gone: boolean }[] =>
  names.split("").map((name) => ({ name, gone: false }));

test("names come in the order in which apparmor_parser 5.0.2 prints its variables", () => {
  assert.equal(hashOrder(defined("BAFGNu")).join(""), "uGNFAB");
  assert.equal(hashOrder(defined("abcd")).join(""), "cbda");
});

test("a name that is defined again moves to the front of its bucket", () => {
  assert.equal(hashOrder(defined("abcda")).join(""), "cbad");
});

test("names that have gone leave a larger table behind", () => {
  const names = Array.from({ length: 13 }, (_, index) => ({ name: `v${index}`, gone: false }));
  const all = [...names, { name: "profile_name", gone: false }, { name: "profile_name", gone: true }];
  assert.equal(hashOrder(all).join(" "), "v0 v5 v10 v2 v3 v1 v4 v6 v11 v7 v12 v8 v9");
});

test("lists of any length are sorted", () => {
  for (const length of [0, 1, 16, 17, 100, 1000]) {
    for (const step of [1, 7, 7919, -1]) {
      const list = Array.from({ length }, (_, index) => Math.abs((index * step) % 101));
      const sorted = list.toSorted((a, b) => a - b);
      introsort(list, (a, b) => a < b);
      assert.deepEqual(list, sorted);
    }
  }
});
