import { PREAMBLE, type Stage, type TourStep } from "./stage.ts";

const HOME = "/srv/tour/f";

function perlProfile(name: string, rules: readonly string[]): string {
  return `profile tour-f-${name} ${HOME}/${name} {
  include <abstractions/base>
  include <abstractions/perl>
  ${[`${HOME}/${name} r,`, ...rules].join("\n  ")}
}
`;
}

async function playCapability(stage: Stage): Promise<void> {
  stage.tell("— a capability");
  const text = `${PREAMBLE}
profile tour-f-chown ${HOME}/chown {
  ${HOME}/chown mr,
  ${HOME}/file rw,
}
`;
  const mended = await stage.mend(text, [`${HOME}/chown`, "1000", `${HOME}/file`], { rounds: 3 });
  stage.expect(
    "chown was refused for want of a capability",
    mended.log.some((line) => line.includes('capname="chown"')),
  );
  stage.expect("armorer adds `capability chown`", /^ {2}capability chown,$/m.test(mended.text));
  stage.expect("then it succeeds", mended.result.exitCode === 0 && mended.result.events.length === 0);
}

async function playNetwork(stage: Stage): Promise<void> {
  stage.tell("— a socket");
  const text = `${PREAMBLE}\n${perlProfile("socket", [])}`;
  const mended = await stage.mend(text, [`${HOME}/socket`], { rounds: 3 });
  stage.expect(
    "the socket was refused",
    mended.log.some((line) => line.includes('family="inet"') && line.includes('sock_type="stream"')),
  );
  stage.expect("armorer adds `network inet stream`", /network .*inet stream,/.test(mended.text));
  stage.expect("then it succeeds", mended.result.stdout === "made\n" && mended.result.events.length === 0);
}

/** Two programs and a rule on each side: `tool PID` acts on the process of `target`. */
interface Pair {
  readonly title: string;
  readonly tool: string;
  readonly toolRule: string;
  readonly targetRule: string;
  readonly mark: string;
}

const PAIRS: readonly Pair[] = [
  {
    title: "a signal",
    tool: "killer",
    toolRule: "signal (send) set=(usr1) peer=tour-f-target,",
    targetRule: "signal (receive) set=(usr1) peer=tour-f-killer,",
    mark: 'operation="signal"',
  },
  {
    title: "ptrace",
    tool: "tracer",
    toolRule: "ptrace (trace) peer=tour-f-target,",
    targetRule: "ptrace (tracedby) peer=tour-f-tracer,",
    mark: 'operation="ptrace"',
  },
];

async function playPair(stage: Stage, pair: Pair): Promise<void> {
  stage.tell(`— ${pair.title} between two confined programs`);
  const policy = (toolRules: readonly string[], targetRules: readonly string[]): string =>
    `${PREAMBLE}\n${perlProfile(pair.tool, toolRules)}\n${perlProfile("target", targetRules)}`;
  const cases = [
    { rules: [[], []], side: "neither side", works: false, profile: `tour-f-${pair.tool}` },
    { rules: [[pair.toolRule], []], side: "one side alone", works: false, profile: "tour-f-target" },
    { rules: [[pair.toolRule], [pair.targetRule]], side: "both sides", works: true, profile: "" },
  ] as const;
  let learned = policy([], []);
  for (const { rules, side, works, profile } of cases) {
    const [toolRules, targetRules] = rules;
    await stage.load(policy(toolRules, targetRules));
    const target = await stage.start([`${HOME}/target`], "ready");
    const result = await stage.run([`${HOME}/${pair.tool}`, `{pid:${target}}`]);
    stage.expect(
      `with the rule on ${side} it ${works ? "works" : "is refused"}`,
      result.stdout === (works ? "done\n" : "refused\n"),
    );
    if (!works) {
      const records = result.events.filter((line) => line.includes(pair.mark));
      stage.expect(
        `the kernel names ${profile}`,
        records.some((line) => line.includes(`profile="${profile}"`)),
      );
      learned = await stage.learn(learned, records);
    }
    await stage.kill(target);
  }
  stage.tell("what armorer made of the two refusals:");
  await stage.load(learned);
  const target = await stage.start([`${HOME}/target`], "ready");
  const result = await stage.run([`${HOME}/${pair.tool}`, `{pid:${target}}`]);
  stage.expect("works, too", result.stdout === "done\n");
  await stage.kill(target);
}

async function playUnconfinedKill(stage: Stage): Promise<void> {
  stage.tell("— an unconfined shell's kill");
  const processes: string[] = [];
  for (const withBase of [false, true]) {
    const include = withBase ? "\n  include <abstractions/base>" : "";
    await stage.load(`${PREAMBLE}\nprofile tour-f-sleep ${HOME}/sleep {${include}\n  ${HOME}/sleep mr,\n}\n`);
    const process = await stage.start([`${HOME}/sleep`, "60"], "");
    processes.push(process);
    const result = await stage.run(["/bin/sh", "-c", `kill -TERM {pid:${process}}`]);
    const claim = withBase ? "a program with abstractions/base can be killed" : "a program without it refuses";
    stage.expect(claim, (result.exitCode === 0) === withBase);
    stage.expect("the kernel agrees", result.events.some((line) => line.includes('peer="unconfined"')) !== withBase);
  }
  for (const process of processes) await stage.kill(process);
}

async function play(stage: Stage): Promise<void> {
  await stage.prepare(`
    mkdir -p ${HOME}
    cd ${HOME}
    cp /usr/bin/busybox chown
    cp /usr/bin/busybox sleep
    touch file
    cat > socket <<'END'
#!/usr/bin/perl
use Socket;
socket(my $socket, PF_INET, SOCK_STREAM, 0) or die "no socket: $!\\n";
print "made\\n";
END
    cat > target <<'END'
#!/usr/bin/perl
$SIG{USR1} = sub { };
$| = 1;
print "ready\\n";
sleep 1 while 1;
END
    cat > killer <<'END'
#!/usr/bin/perl
print kill('USR1', $ARGV[0]) ? "done\\n" : "refused\\n";
END
    cat > tracer <<'END'
#!/usr/bin/perl
my $SYS_ptrace = 101;
my $PTRACE_SEIZE = 0x4206;
print syscall($SYS_ptrace, $PTRACE_SEIZE, $ARGV[0] + 0, 0, 0) == 0 ? "done\\n" : "refused\\n";
END
    chmod 755 socket target killer tracer`);
  await playCapability(stage);
  await playNetwork(stage);
  for (const pair of PAIRS) await playPair(stage, pair);
  await playUnconfinedKill(stage);
}

/** What is not a file: capabilities, sockets, and what two programs do to each other. */
export const capabilitiesAndPeers: TourStep = { id: "f", title: "capability, network, signal and ptrace", play };
