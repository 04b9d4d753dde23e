/** From the labels of a state to its output, asking the caller once for each set of labels. */
import { fold, Index, Int32Vector } from "./collections.ts";
import type { Label, Output } from "./types.ts";

export class LabelSets {
  private readonly ask: (labels: readonly Label[]) => Output;
  private readonly index = new Index();
  /** Labels of set s: `members[starts[s]..starts[s+1])`, sorted. */
  private readonly starts = new Int32Vector();
  private readonly members = new Int32Vector();
  private readonly outputs = new Int32Vector();

  constructor(ask: (labels: readonly Label[]) => Output) {
    this.ask = ask;
    this.starts.push(0);
  }

  /** `labels` are not empty; they get sorted and lose duplicates. */
  combine(labels: Int32Vector): Output {
    sortUnique(labels);
    let hash = labels.length;
    for (let at = 0; at < labels.length; at += 1) hash = fold(hash, labels.data[at]!);
    this.index.seek(hash);
    for (let id = this.index.next(); id >= 0; id = this.index.next()) {
      if (this.equals(id, labels)) return this.outputs.data[id]!;
    }
    const list = Array.from(labels.data.subarray(0, labels.length));
    const output = this.ask(list);
    this.index.add(hash, this.outputs.length);
    for (const label of list) this.members.push(label);
    this.starts.push(this.members.length);
    this.outputs.push(output);
    return output;
  }

  private equals(id: number, labels: Int32Vector): boolean {
    const start = this.starts.data[id]!;
    if (this.starts.data[id + 1]! - start !== labels.length) return false;
    for (let at = 0; at < labels.length; at += 1) if (this.members.data[start + at] !== labels.data[at]) return false;
    return true;
  }
}

/** Insertion sort: the lists are short. */
function sortUnique(list: Int32Vector): void {
  const { data } = list;
  let kept = 0;
  for (let at = 0; at < list.length; at += 1) {
    const value = data[at]!;
    let place = kept;
    while (place > 0 && data[place - 1]! > value) place -= 1;
    if (place > 0 && data[place - 1] === value) continue;
    for (let moved = kept; moved > place; moved -= 1) data[moved] = data[moved - 1]!;
    data[place] = value;
    kept += 1;
  }
  list.length = kept;
}
