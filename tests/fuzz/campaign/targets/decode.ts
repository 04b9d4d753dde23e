/** Any bytes are decoded or refused, and what was decoded can be used, shown and written again. */
import { checkStream } from "../../../support/stream-law.ts";
import { readStream, streamNames } from "../../../support/streams.ts";
import { fromLatin1, latin1 } from "../latin1.ts";
import type { Mutator, Target } from "../target.ts";

const tags = [
  "\x04\x06\0aadfa\0",
  "\x04\x08\0version\0",
  "\x04\x08\0profile\0",
  "\x1b\x5e\x78\x3d",
  "\x07\0",
  "\x08",
  "\x0a\0",
  "\x09",
];

/** A number of two or four bytes becomes one that is much larger, or another a little off. */
const size: Mutator = (text, random) => {
  const at = random.below(text.length + 1);
  const value = random.pick([
    "\xff\xff\xff\xff",
    "\x7f\xff\xff\xff",
    "\0\0\0\0",
    "\0\0\x01\0",
    "\xff\xff",
    "\0\x01",
    "\x80\0\0\0",
  ]);
  return text.slice(0, at) + value + text.slice(at + value.length);
};

const zeros: Mutator = (text, random) => {
  const at = random.below(text.length + 1);
  const count = 1 + random.below(16);
  return text.slice(0, at) + "\0".repeat(count) + text.slice(at + count);
};

export const decode: Target = {
  name: "decode",
  seeds: () => streamNames.map((name) => latin1(readStream(name))),
  words: [
    ...tags,
    "profile",
    "xmatch",
    "file",
    "aadfa",
    "policydb",
    "net_allowed_af",
    "xtable",
    "rename",
    "disconnected",
  ],
  mutators: [size, zeros],
  dose: 300,
  law: (input) => checkStream(fromLatin1(input)),
};
