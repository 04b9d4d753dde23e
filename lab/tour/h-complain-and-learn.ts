import { PREAMBLE, type Stage, type TourStep } from "./stage.ts";

const JOB = "/srv/tour/h/job";
const EMPTY = `${PREAMBLE}
profile tour-h ${JOB} flags=(complain) {
}
`;

const PROGRAM = `#!/usr/bin/perl
use Socket;
my @names = map { (split /:/)[0] } do { open my $file, '<', '/etc/passwd' or die "passwd: $!\\n"; <$file> };
socket(my $socket, PF_INET, SOCK_DGRAM, 0) or die "socket: $!\\n";
open my $out, '>', '/srv/tour/h/out/list' or die "list: $!\\n";
print $out "$_\\n" for reverse @names;
close $out;
chmod 0600, '/srv/tour/h/out/list' or die "chmod: $!\\n";
mkdir '/srv/tour/h/out/done' or die "mkdir: $!\\n";
rmdir '/srv/tour/h/out/done' or die "rmdir: $!\\n";
my $first = \`/usr/bin/sort /srv/tour/h/out/list\`;
print length $first ? "sorted\\n" : "not sorted: $!\\n";
unlink '/srv/tour/h/out/list' or die "unlink: $!\\n";
`;

async function play(stage: Stage): Promise<void> {
  await stage.prepare(`
    mkdir -p /srv/tour/h/out
    cat > ${JOB} <<'END'\n${PROGRAM}END
    chmod 755 ${JOB}`);
  await stage.load(EMPTY);
  const watched = await stage.run([JOB]);
  stage.expect(
    "under a profile with no rules in complain mode it runs",
    watched.stdout === "sorted\n" && watched.exitCode === 0,
  );
  stage.expect(
    "all it did is on record as ALLOWED",
    watched.events.length > 0 && watched.events.every((line) => line.includes('apparmor="ALLOWED"')),
  );
  const learned = await stage.learn(EMPTY, watched.events, (suggestion) => {
    const inherit = suggestion.choices.findIndex((choice) => choice.kind === "inherit");
    return inherit < 0 ? suggestion.taken : inherit;
  });
  const enforced = learned.replace(" flags=(complain)", "");
  stage.expect("armorer learned a profile in one go", learned !== EMPTY);
  await stage.load(enforced);
  const again = await stage.run([JOB]);
  stage.expect("enforced, it runs as before", again.stdout === "sorted\n" && again.exitCode === 0);
  stage.expect("and nothing is refused", again.events.length === 0);
  const profiles = await stage.run(["cat", "/sys/kernel/security/apparmor/profiles"]);
  stage.expect("the profile is in enforce mode", profiles.stdout.split("\n").includes("tour-h (enforce)"));
}

/** A profile is learned in one go from a run in complain mode. */
export const complainAndLearn: TourStep = { id: "h", title: "complain mode, learn, enforce", play };
