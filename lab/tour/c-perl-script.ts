import { PREAMBLE, type Stage, type TourStep } from "./stage.ts";

const SCRIPT = "/srv/tour/c/poem";
const PROFILE = `${PREAMBLE}
profile tour-c ${SCRIPT} {
  include <abstractions/base>
  include <abstractions/perl>
}
`;

async function play(stage: Stage): Promise<void> {
  await stage.prepare(`
    mkdir -p /srv/tour/c
    cat > ${SCRIPT} <<'END'
#!/usr/bin/perl
print scalar <DATA>;
__DATA__
a rose is a rose
END
    chmod 755 ${SCRIPT}`);
  const mended = await stage.mend(PROFILE, [SCRIPT], { rounds: 5 });
  const refused = mended.log.join("\n");
  stage.expect("the interpreter could not read the script at first", refused.includes(`name="${SCRIPT}"`));
  stage.expect("then the script runs", mended.result.stdout === "a rose is a rose\n");
  stage.expect("nothing is refused any more", mended.result.events.length === 0);
  stage.expect(
    "the profile got the right to read the script, and no right to execute",
    /\/poem r,/.test(mended.text) && !/x,/.test(mended.text),
  );
}

/** An interpreted program: its file must be readable, its interpreter needs no execute right. */
export const perlScript: TourStep = { id: "c", title: "a Perl script reads its own file", play };
