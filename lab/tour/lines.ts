/** The lines that went and came between two texts, as `-` and `+` lines; short texts only. */
export function diffLines(before: string, after: string): readonly string[] {
  const [left, right] = [before.split("\n"), after.split("\n")];
  // common[i][j]: how many lines left[i..] and right[j..] have in common, in order.
  const common = Array.from({ length: left.length + 1 }, () => Array.from({ length: right.length + 1 }, () => 0));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = left.length - 1; i >= 0; i -= 1) {
    for (let j = right.length - 1; j >= 0; j -= 1) {
      const row = common[i];
      if (row) row[j] = left[i] === right[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    if (i < left.length && left[i] === right[j]) [i, j] = [i + 1, j + 1];
    else if (j >= right.length || (i < left.length && at(i + 1, j) >= at(i, j + 1))) lines.push(`- ${left[i++]}`);
    else lines.push(`+ ${right[j++]}`);
  }
  return lines;
}

/** A kernel record without what differs from run to run: from `apparmor=` on. */
export function recordText(line: string): string {
  return line.slice(Math.max(line.indexOf("apparmor="), 0));
}

// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text from outside, safe to print: control characters spelled out. */
export function printable(text: string): string {
  return text.replace(CONTROLS, (unit) => `\\x${unit.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
