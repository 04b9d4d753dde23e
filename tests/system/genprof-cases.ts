/** Dialogues of aa-genprof on a running kernel, with a program that runs meanwhile, for Debian's tool and ours alike. */
import type { KernelCase } from "./tool-cases.ts";

const LOG = "/var/log/audit/audit.log";
const RATE = "/proc/sys/kernel/printk_ratelimit";
const PROGRAM = "/usr/local/bin/count";
const OWN = "/etc/apparmor.d/usr.local.bin.count";
const HAT = `${PROGRAM}//ONE`;

/** Where profiles are that are not in force, and that somebody may want. */
const INACTIVE = "/usr/share/apparmor/extra-profiles/usr.local.bin.count";
const inactive = (name: string): string =>
  `printf 'include <tunables/global>\n# kept\nprofile ${name} {\n  include <abstractions/base>\n  ${PROGRAM} mr,\n  /srv/b r,\n}\n' > ${INACTIVE}\n`;

/** Hats that a new profile is to begin with. */
const REQUIRED = `rm -rf /tmp/conf; cp -r /etc/apparmor /tmp/conf; sed -i 's|^\\[required_hats\\]|&\\n  ^${PROGRAM}$ = ONE TWO|' /tmp/conf/logprof.conf\n`;

/** A program that reads within a hat, and its profile, in complain mode and loaded. */
const IN_HAT = `cat > ${PROGRAM} <<'END'
#!/usr/bin/perl
open(my $own, ">", "/proc/self/attr/current"); syswrite($own, "changehat 00000000deadbeef^ONE");
open(my $in, "<", $ARGV[0]); print <$in>;
END
cat > ${OWN} <<'END'
profile ${PROGRAM} flags=(complain) {
  /usr/bin/perl ix,
  ^ONE flags=(complain) {
    /srv/b r,
  }
}
END
/usr/sbin/apparmor_parser -K -r ${OWN}
`;

/** A program that reads what it is given; a log that has a line in it, since Debian's tool remembers the last one; a limit to be put back. */
const BEFORE = `
echo 7 > ${RATE}; mkdir -p ${LOG.slice(0, LOG.lastIndexOf("/"))} /srv; echo notes > /srv/a; echo more > /srv/b
chown 1000 /srv/a /srv/b
echo 'type=AVC msg=audit(1.1:1): apparmor="STATUS" operation="profile_load" name="x" pid=1 comm="x"' > ${LOG}
cp /usr/bin/tac ${PROGRAM}; rm -f ${INACTIVE}; rm -f /tmp/keys /tmp/said; mkfifo /tmp/keys
# what the kernel noted comes to the log as an audit daemon writes it
note() { named=\${1:-${PROGRAM}}; sleep 1; dmesg | sed -n 's/.*audit: type=1400 \\(audit([^)]*): apparmor="[AD].*\\)/type=AVC msg=\\1/p' > /tmp/noted; grep -F -e "\\"$named\\"" /tmp/noted >> ${LOG}; dmesg -C; }
use() { for i in $(seq 240); do grep -qF -e '${PROGRAM} (complain)' $A/profiles && break; sleep 0.5; done; dmesg -C; ${PROGRAM} "$@" > /dev/null; note $hat; }
key() { printf '{"dialog":"promptuser","response_key":"%s","selected":0}\\n' "$1"; }
yes() { printf '{"dialog":"yesno","response_key":"%s"}\\n' "$1"; }
# includes are proposed by other reasons on either side (docs/learn.md); what is asked is no part of what is compared; what is written is, by what 5.0.2 compiles of it
genprof() { aa-genprof -j --no-abstraction "$@" < /tmp/keys > /tmp/said 2> /tmp/errors; ended=$?; cat /tmp/errors >&2; }
meaning() { for file in "$@"; do if [ -e "$file" ]; then /usr/sbin/apparmor_parser -QKS "$file" | sha256sum; grep -c complain "$file"; else echo none; fi; done; cat ${RATE}; }
`;

/** One dialogue: what is done and pressed meanwhile, in order. */
function dialogue(
  doing: string,
  more: Partial<KernelCase> & { readonly program?: string; readonly options?: string } = {},
): KernelCase {
  const { before = "", options = "", program = PROGRAM, ...rest } = more;
  return {
    line: `{ ${doing}; sleep 1; } > /tmp/keys & genprof ${options}${program}; wait %1 2>/dev/null; meaning ${OWN}; (exit $ended)`,
    before: `${BEFORE}${before}`,
    ...rest,
  };
}

export const genprofCases: readonly KernelCase[] = [
  dialogue("key f"),
  dialogue("key s; key f"),
  dialogue("use /srv/a; key s; key a; key s; key f"),
  dialogue("use /srv/a; key s; key i; key f"),
  dialogue("use /srv/a; key s; key d; key s; key f"),
  dialogue("use /srv/a; key s; key a; key s; use /srv/b; key s; key a; key s; key f"),
  dialogue("use /srv/a; key s; key r; yes y", {
    differs: "what nobody saved is unloaded and removed; Debian's leaves it behind (docs/tools.md)",
  }),
  dialogue("key f", { program: "/usr/local/bin/none-such" }),
  dialogue("key f", { program: "none-such" }),
  dialogue("key f", { program: "/usr/bin/tail" }),
  dialogue("key f", { before: `printf 'profile count ${PROGRAM} {\\n}\\n' > /etc/apparmor.d/count\n` }),
  dialogue("key u; key f", { before: inactive(PROGRAM) }),
  dialogue("key u; use /srv/a /srv/b; key s; key a; key s; key f", { before: inactive(PROGRAM) }),
  dialogue("key c; key f", { before: inactive(PROGRAM) }),
  dialogue("key r; yes y", { before: inactive(PROGRAM) }),
  dialogue("key f", { before: inactive("count") }),
  dialogue("key f", {
    before: REQUIRED,
    options: "--configdir /tmp/conf ",
    differs:
      "the hats that logprof.conf requires are in the new profile; Debian's makes none (docs/spec/tools.md 11.2)",
  }),
  dialogue(`hat=${HAT}; use /srv/a; key s; key a; key s; key f`, { before: IN_HAT }),
  dialogue(`hat=${HAT}; use /srv/a; key s; key d; key s; key f`, { before: IN_HAT }),
  dialogue("key f", {
    before: `rm -r ${LOG}\n`,
    differs:
      "without a file for a log ours reads the journal or the kernel's own log; Debian's ends with 1 (docs/tools.md)",
  }),
];
