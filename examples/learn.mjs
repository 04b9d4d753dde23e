// From denials to changed policy. Whoever is asked answers question by question; `answerRest` takes the first candidate of each.
import { learn, memoryFiles, writeLearned } from "armorer";

const log = `type=AVC msg=audit(1764374400.123:42): apparmor="DENIED" operation="open" class="file" profile="demo" name="/etc/demo.conf" pid=7 comm="demo" requested_mask="r" denied_mask="r" fsuid=0 ouid=0`;

// With `nodeFiles()` of armorer/host it is the policy of this machine.
const files = memoryFiles({
  "/etc/apparmor.d/demo": "# Our program.\nprofile demo /usr/bin/demo {\n  /usr/bin/demo mr,\n}\n",
});

let session = await learn(log, { files });
for (let asked = session.question(); asked !== undefined; asked = session.question()) {
  const { proposal, choices } = asked;
  console.log(
    proposal.subject,
    proposal.candidates.map(({ rules }) => rules.join(" ")),
  );
  const next = session.answer({ question: proposal.id, choice: choices[0] });
  if (!next.ok) throw new Error(next.error);
  session = next.value;
}

const refusals = await writeLearned(session.result().files, files);
console.log(refusals);
console.log(files.texts()["/etc/apparmor.d/demo"]);

/* Prints:
/etc/demo.conf r, [ '/etc/demo.conf r,', '/etc/*.conf r,', 'deny /etc/demo.conf r,' ]
[]
# Our program.
profile demo /usr/bin/demo {
  /usr/bin/demo mr,
  /etc/demo.conf r,
}
*/
