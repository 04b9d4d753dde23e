/** How much of an interpreter's library the profile of a script accepts that was learned from one run; on real kernels: `npm run learn-proof`. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Accepted, acceptedBy, touchedIn } from "../support/accepted-sets.ts";
import { MOST, Place } from "../support/learn-proof.ts";

const FEATURES = readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8");

/** Modules by directory, as many as Debian's own packages of an interpreter have at least. */
function library(directories: readonly string[], names: (at: number) => readonly string[]): readonly string[] {
  return directories.flatMap((directory) => [
    `${directory}/`,
    ...Array.from({ length: 30 }, (_, at) => names(at).map((name) => `${directory}/${name}`)).flat(),
  ]);
}

const PARTS = ["", ..."collections ctypes email encodings html http importlib json logging re urllib xml".split(" ")];
const PYTHON = "/usr/lib/python3.11";
const PERL = "/usr/lib/x86_64-linux-gnu/perl-base";

const pythonLibrary = [
  ...library(
    PARTS.map((part) => (part === "" ? PYTHON : `${PYTHON}/${part}`)),
    (at) => [`m${at}.py`],
  ),
  ...library(
    PARTS.map((part) => (part === "" ? `${PYTHON}/__pycache__` : `${PYTHON}/${part}/__pycache__`)),
    (at) => [`m${at}.cpython-311.pyc`],
  ),
];
const perlLibrary = library(
  PARTS.map((part) => (part === "" ? PERL : `${PERL}/${part}`)),
  (at) => [`M${at}.pm`],
);

/** What every program maps, which `abstractions/base` accepts. */
const BASE = Array.from({ length: 150 }, (_, at) => `/usr/lib/x86_64-linux-gnu/liba${at}.so.${at}`);

const numbers = (count: number): readonly number[] => [...Array(count).keys()];

const PYTHON_READS = [
  `${PYTHON}/`,
  ...numbers(12).map((at) => `${PYTHON}/__pycache__/m${at}.cpython-311.pyc`),
  `${PYTHON}/collections/`,
  ...numbers(2).map((at) => `${PYTHON}/collections/__pycache__/m${at}.cpython-311.pyc`),
  ...numbers(4).map((at) => `${PYTHON}/json/__pycache__/m${at}.cpython-311.pyc`),
];
const PERL_READS = [
  ...numbers(9).map((at) => `${PERL}/M${at}.pm`),
  ...numbers(3).map((at) => `${PERL}/collections/M${at}.pm`),
  ...numbers(2).map((at) => `${PERL}/re/M${at}.pm`),
];

function record(name: string, at: number): string {
  return `type=AVC msg=audit(1764374400.123:${at}): apparmor="ALLOWED" operation="open" profile="learned-script" name="${name}" pid=7 comm="script" requested_mask="r" denied_mask="r" fsuid=1000 ouid=0`;
}

function head(body: string): string {
  return `abi <abi/5.0>,\ninclude <tunables/global>\nprofile learned-script /srv/bin/script {\n${body}}\n`;
}

const BASE_ALONE = head("  include <abstractions/base>\n");

for (const { name, reads, files } of [
  { name: "python", reads: PYTHON_READS, files: pythonLibrary },
  { name: "perl", reads: PERL_READS, files: perlLibrary },
]) {
  test(`a script of ${name} is granted the modules that it loaded and their neighbours, not all of its interpreter's, and nothing is left to ask`, () => {
    const place = new Place(FEATURES);
    try {
      const log = [...reads, "/srv/in/a.txt", ...BASE.slice(0, 4)].map(record);
      const paths = [...files, ...BASE, "/srv/in/a.txt"];
      const accepted = (text: string): Accepted =>
        new Set(place.compile("script", text).flatMap((unit) => [...acceptedBy(unit, paths, "7.2")]));
      place.compile("script", head(""));
      const learned = place.learn("script", log);
      assert.ok(learned.includes("  include <abstractions/base>\n"), learned);
      const own = accepted(learned);
      assert.deepEqual(
        [...touchedIn(log)].filter((read) => !own.has(read)),
        [],
      );
      const most = MOST.touched * new Set([...accepted(BASE_ALONE), ...touchedIn(log)]).size;
      assert.ok(own.size <= most, `${own.size} of ${most}:\n${learned}`);
      // The abstraction is there, and would be wider than that.
      const wide = head(`  include <abstractions/base>\n  include <abstractions/${name}>\n  /srv/in/a.txt r,\n`);
      assert.ok(accepted(wide).size > most);
      place.compile("script", learned);
      assert.equal(place.learn("script", log), learned);
    } finally {
      place.close();
    }
  });
}
