/** From the labels of a state to its output, asking the owner of the session once for each set of labels. */
import { fold, Index, Int32Vector } from "./collections.ts";
import type { Combiner, i32 } from "./environment.ts";

export class LabelSets {
  private readonly combiner: Combiner;
  private readonly index: Index = new Index();
  /** Labels of set s: `members[starts[s]..starts[s+1])`, sorted. */
  private readonly starts: Int32Vector = new Int32Vector();
  private readonly members: Int32Vector = new Int32Vector();
  private readonly outputs: Int32Vector = new Int32Vector();

  constructor(combiner: Combiner) {
    this.combiner = combiner;
    this.starts.push(0);
  }

  /** `labels` are not empty; they get sorted and lose duplicates. */
  combine(labels: Int32Vector): i32 {
    sortUnique(labels);
    let hash = labels.length;
    for (let at = 0; at < labels.length; at += 1) hash = fold(hash, labels.data[at]!);
    this.index.seek(hash);
    for (let id = this.index.next(); id >= 0; id = this.index.next()) {
      if (this.equals(id, labels)) return this.outputs.data[id]!;
    }
    const output = this.combiner.combine(labels);
    this.index.add(hash, this.outputs.length);
    for (let at = 0; at < labels.length; at += 1) this.members.push(labels.data[at]!);
    this.starts.push(this.members.length);
    this.outputs.push(output);
    return output;
  }

  private equals(id: i32, labels: Int32Vector): boolean {
    const start = this.starts.data[id]!;
    if (this.starts.data[id + 1]! - start !== labels.length) return false;
    for (let at = 0; at < labels.length; at += 1) if (this.members.data[start + at] !== labels.data[at]) return false;
    return true;
  }
}

/** Insertion sort: the lists are short. */
function sortUnique(list: Int32Vector): void {
  const data = list.data;
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
