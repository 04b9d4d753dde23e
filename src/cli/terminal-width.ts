/** Texts that fit a terminal. */

export const WIDTH = 80;

/** Words in lines of at most so many characters. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Paragraphs as wide as a terminal; lines that are indented are laid out by hand. */
export function paragraphs(text: string): string {
  const blocks = text.replace(/\s+$/, "").split("\n\n");
  return blocks.map((block) => (/^ /m.test(block) ? block : wrapped(block, WIDTH).join("\n"))).join("\n\n");
}

/** A line that does not fit, continued below where what an option does begins. */
function hanging(line: string): string {
  if (line.length <= WIDTH) return line;
  const [left = ""] = /^usage: |^\s+(?:\S.*?\s{2,}(?=\S))?/i.exec(line) ?? [];
  return left + wrapped(line.slice(left.length), WIDTH - left.length).join(`\n${" ".repeat(left.length)}`);
}

function isLaidOut(block: string): boolean {
  return /^ |^usage:/im.test(block) || !/.{81}/.test(block);
}

/** The help of a tool, whose options are laid out by hand: what is too wide is broken. */
export function fitted(help: string): string {
  const blocks = help.replace(/\n+$/, "").split("\n\n");
  return `${blocks.map((block) => (isLaidOut(block) ? block.split("\n").map(hanging).join("\n") : paragraphs(block))).join("\n\n")}\n`;
}
