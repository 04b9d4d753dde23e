/** What `armorer decode` prints of Debian's profiles, compiled again, decides the same. `npm run decode-proof` takes all of them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createCompileSession } from "../../src/compiler/compile/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { createResolveSession } from "../../src/language/resolve/index.ts";
import { listPolicyAgain } from "../support/listed-again.ts";
import { findOracle } from "../support/oracle.ts";
import { compileFile, filesBelow } from "../support/pipeline.ts";
import { shippedProfiles } from "../support/shipped.ts";

const found = await findOracle();
const isAll = process.env["ARMORER_DECODE_PROOF"] === "all";

/** Files of which the printed rules say that they are not all. */
const shortened: readonly string[] = [
  "/etc/apparmor.d/dig: file",
  "/etc/apparmor.d/gs: file",
  "/etc/apparmor.d/ipa_verify: file",
  "/etc/apparmor.d/plasmashell: file",
  "/etc/apparmor.d/qpdf: file",
  "/etc/apparmor.d/tnftp: file",
  "/etc/apparmor.d/transmission: file",
  "/etc/apparmor.d/tshark: file",
  "/usr/share/apparmor/extra-profiles/chromium_browser: file",
  "/usr/share/apparmor/extra-profiles/curl: file",
  "/usr/share/apparmor/extra-profiles/firefox: attachment length",
  "/usr/share/apparmor/extra-profiles/firefox: file",
  "/usr/share/apparmor/extra-profiles/firefox: dbus",
  "/usr/share/apparmor/extra-profiles/remmina: file",
  "/usr/share/apparmor/extra-profiles/usr.bin.evolution-2.10: file",
  "/usr/share/apparmor/extra-profiles/usr.bin.opera: file",
  "/usr/share/apparmor/extra-profiles/usr.bin.wireshark: file",
  "/usr/share/apparmor/extra-profiles/usr.lib.RealPlayer10.realplay: file",
];

test(
  "what is printed of Debian's profiles is whole, but for those listed here, and decides the same when it is compiled again",
  { skip: found.ok ? false : found.error },
  (t) => {
    if (!found.ok) return;
    const { root } = found.value;
    const files = filesBelow(root);
    const features = parseFeatures(readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8")).tree;
    const resolveSession = createResolveSession(files);
    const options = { kernelFeatures: features, files, search: ["/etc/apparmor.d"], resolveSession };
    const paths = shippedProfiles(root).map((path) => (path.startsWith(root) ? path.slice(root.length) : path));
    const chosen = paths.filter((_, place) => isAll || place % 12 === 1);
    let compared = 0;
    const short = new Set<string>();
    const wrong: string[] = [];
    for (const path of chosen) {
      // a session of its own for each: what all of them make together is more than a gigabyte
      const shipped = { ...options, session: createCompileSession() };
      const { policy } = compileFile(path, shipped);
      const again = listPolicyAgain(policy, shipped, "abi <abi/5.0>,");
      for (const [at, { shortened: kinds, differences }] of again.entries()) {
        compared += 1;
        for (const kind of kinds) short.add(`${path}: ${kind}`);
        for (const difference of differences) wrong.push(`${path} ${policy.profiles[at]?.name}: ${difference}`);
      }
    }
    t.diagnostic(`${chosen.length} files, ${compared} profiles, ${short.size} not whole: ${[...short].join(", ")}`);
    assert.deepEqual(wrong, []);
    assert.deepEqual(
      [...short].toSorted(),
      shortened.filter((each) => chosen.some((path) => each.startsWith(`${path}:`))).toSorted(),
    );
    assert.ok(chosen.length > (isAll ? 290 : 20) && compared >= chosen.length, `only ${compared} of ${chosen.length}`);
  },
);
