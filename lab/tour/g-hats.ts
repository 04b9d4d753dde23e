import { PREAMBLE, type Stage, type TourStep } from "./stage.ts";

const SCRIPT = "/srv/tour/g/server";
const PROFILE = `${PREAMBLE}
profile tour-g ${SCRIPT} {
  include <abstractions/base>
  include <abstractions/perl>
  ${SCRIPT} r,
  owner @{PROC}/@{pid}/attr/{,apparmor/}current rw,

  ^request {
    /srv/tour/g/data r,
    owner @{PROC}/@{pid}/attr/{,apparmor/}current rw,
  }
}
`;

/** Says what it can read outside the hat, in it, and after leaving it with the token it was given. */
const PROGRAM = `#!/usr/bin/perl
$| = 1;
sub command {
    sysopen my $file, '/proc/self/attr/current', 1 or return "open: $!";
    return defined syswrite($file, $_[0]) ? 'fine' : "$!";
}
sub look { open my $file, '<', '/srv/tour/g/data' or return 'nothing'; return 'data' }
sub label { open my $file, '<', '/proc/self/attr/current' or return '?'; my $text = <$file>; chomp $text; return $text }
print 'outside: ', look(), "\\n";
print 'enter: ', command('changehat 00000000deadbeef^request'), "\\n";
print 'label: ', label(), "\\n";
print 'inside: ', look(), "\\n";
print 'leave: ', command("changehat $ARGV[0]^"), "\\n";
print 'label: ', label(), "\\n";
print 'after: ', look(), "\\n";
`;

async function play(stage: Stage): Promise<void> {
  await stage.prepare(`
    mkdir -p /srv/tour/g
    echo data > /srv/tour/g/data
    cat > ${SCRIPT} <<'END'\n${PROGRAM}END
    chmod 755 ${SCRIPT}`);
  await stage.load(PROFILE);
  const right = await stage.run([SCRIPT, "00000000deadbeef"]);
  const expected = [
    "outside: nothing",
    "enter: fine",
    "label: tour-g//request (enforce)",
    "inside: data",
    "leave: fine",
    "label: tour-g (enforce)",
    "after: nothing",
  ];
  stage.expect("the data can be read in the hat and nowhere else", right.stdout === `${expected.join("\n")}\n`);
  stage.expect(
    "the two attempts outside are on record",
    right.events.filter((line) => line.includes('profile="tour-g"')).length === 2,
  );
  const wrong = await stage.run([SCRIPT, "00000000deadbee5"]);
  stage.expect(
    "a process that leaves with another token is killed",
    wrong.signal === 9 && !wrong.stdout.includes("leave:"),
  );
  stage.expect(
    "the kernel says why",
    wrong.events.some((line) => line.includes("failed token match")),
  );
}

/** A process steps into a hat and back with its token, and not without it. */
export const hats: TourStep = { id: "g", title: "change_hat with and without the token", play };
