/** What the targets begin with: the corpus, and what Debian ships where the oracle's tree is on the machine. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { decodeBytes } from "../../../src/foundation/text/index.ts";
import { repository } from "../../support/check-policy.ts";
import { textsAlone } from "../../support/policy-texts.ts";

const LONGEST = 1500;

/** Pieces of the policy that Debian ships, cut at lines. Only where `ARMORER_ORACLE` names its tree: a short run needs no lab. */
function shippedTexts(): readonly string[] {
  const folder = join(env["ARMORER_ORACLE"] ?? "/nonexistent", "etc/apparmor.d");
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith("/abi"))
    .map((entry) => decodeBytes(readFileSync(join(entry.parentPath, entry.name))).slice(0, LONGEST))
    .map((text) => text.slice(0, text.lastIndexOf("\n") + 1));
}

/** Policy. */
export function policySeeds(): readonly string[] {
  return [...textsAlone().filter((_, index) => index % 3 === 0), ...shippedTexts()];
}

export function corpusFile(name: string): string {
  return readFileSync(join(repository, "tests/corpus", name), "utf8");
}

export function corpusNames(folder: string): readonly string[] {
  return readdirSync(join(repository, "tests/corpus", folder)).toSorted();
}

export const policyWords =
  `profile hat ^ if else not defined and or in @{x} @{x}= $b $b= = += ?= := == != < > ( ) { } , -> r rw px ix # #include include
<a> "a" "" \\ & : :n: audit deny allow prompt owner other priority=1 all all, open file link subset safe unsafe network inet stream unix dbus send
receive bind bus=system peer= peer=( xattrs=( flags=( flags=(complain) signal set=(hup) ptrace trace mount remount umount options= options=(rw,ro)
fstype=ext4 pivot_root oldroot=/b mqueue create posix userns io_uring sqpoll label=a rlimit nofile 10 infinity change_profile capability kill alias
rewrite abi <abi/4.0> ** * [^/] {a,b} {} [ ] @{ @{profile_name} true false foo port=80 ip=1.1.1.1 \\" /a /b/** attach_disconnected kill.signal=term error=EPERM`.split(
    /\s+/,
  );
