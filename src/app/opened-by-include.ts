/**
 * What an include permits in a profile beside all that was confirmed: the text with it against the text with the plain rules for what it
 * answers, both compiled and compared by what they permit. A count of its rules says nothing: some are permitted already, some by each other.
 */
import {
  type Candidate,
  type Proposal,
  type Selection,
  type Session,
  selectedChanges,
  selectionsOf,
} from "../learning/learn/index.ts";
import { encodeBytes } from "../foundation/text/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import type { DiffReport, DiffSide } from "./diff-report.ts";
import type { PolicySettings } from "./engine.ts";
import { type PlannedFile, withTexts } from "./learned-policy.ts";
import type { World } from "./learning-world.ts";
import { planFiles } from "./planned-files.ts";

/** How two policies are compared; handed in, so that only who asks reads it in. */
export type Comparer = (sides: Readonly<Record<"old" | "new", DiffSide>>) => DiffReport;

interface Setting {
  readonly world: World;
  readonly settings: PolicySettings;
  readonly files: FilesPort;
  readonly compare?: Comparer | undefined;
}

/** As rules; `undefined`: it is no include, or the texts cannot be compared. */
export function openedByInclude(
  session: Session,
  { proposal, candidate }: Selection,
  setting: Setting,
): readonly string[] | undefined {
  const { compare, files, settings } = setting;
  if (compare === undefined || candidate.kind !== "abstraction" || candidate.alsoAnswers.length === 0) return undefined;
  const others = selectionsOf(session).filter((one) => one.proposal.id !== proposal.id);
  const plain = session.learning.proposals.filter(({ id }) => candidate.alsoAnswers.includes(id)).flatMap(plainly);
  const [without, within] = [
    [...others, ...plain],
    [...others, ...plain, { proposal, candidate }],
  ].map((selections) => planned(session, selections, setting));
  const changed = within?.find((file) => without?.find(({ path }) => path === file.path)?.after !== file.after);
  const before = without?.find(({ path }) => path === changed?.path);
  if (without === undefined || within === undefined || changed === undefined || before === undefined) return undefined;
  const side = (all: readonly PlannedFile[], { path, after }: PlannedFile): DiffSide => ({
    sources: [{ path, bytes: encodeBytes(after) }],
    files: withTexts(files, all),
    settings,
  });
  const { profiles, problems } = compare({ old: side(without, before), new: side(within, changed) });
  if (problems.length > 0) return undefined;
  const rules = profiles.flatMap((one) => one.rules).filter(({ sign }) => sign === "+");
  return [...new Set(rules.map(({ rule, witness }) => (rule === "" ? (witness ?? "") : rule)))].filter(
    (rule) => rule !== "",
  );
}

/** The rule for just what was asked. */
function plainly(proposal: Proposal): readonly Selection[] {
  const candidate: Candidate | undefined = proposal.candidates.find(
    ({ kind }) => kind !== "abstraction" && kind !== "deny",
  );
  return candidate === undefined ? [] : [{ proposal, candidate }];
}

function planned(
  { options }: Session,
  selections: readonly Selection[],
  { files, settings, world }: Setting,
): readonly PlannedFile[] | undefined {
  const { files: found, refused } = planFiles(selectedChanges(selections, options.profiles), world, settings, files);
  return refused.length === 0 ? found : undefined;
}
