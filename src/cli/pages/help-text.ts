/** Reads what `--help` of a drop-in command prints: ways to call it, paragraphs, and what is said of options. */

interface HelpOption {
  readonly long: string | undefined;
  readonly short: string | undefined;
  /** What the value is called. */
  readonly value: string | undefined;
  readonly about: string;
}

interface HelpText {
  /** What follows the name of the command. */
  readonly usages: readonly string[];
  readonly paragraphs: readonly string[];
  readonly options: readonly HelpOption[];
}

function readOption(left: string, about: string): HelpOption {
  return {
    short: /(?:^|\s)-(\w)\b/.exec(left)?.[1],
    long: /--([\w.][\w.-]*)/.exec(left)?.[1],
    value: /(?:\[?=|\s)([A-Z][A-Z,.]*)\]?$/.exec(left)?.[1],
    about,
  };
}

/** Options begin with a dash behind blanks; what is indented deeper belongs to the line before. */
function readOptions(lines: readonly string[]): readonly HelpOption[] {
  const found: { left: string; about: string }[] = [];
  for (const line of lines) {
    const [, left, about] = /^ {2,}(-\S.*?)(?: {2,}(.*))?$/.exec(line) ?? [];
    const last = found.at(-1);
    if (left !== undefined) found.push({ left, about: about ?? "" });
    else if (last !== undefined && /^ {4,}\S/.test(line)) last.about = `${last.about} ${line.trim()}`.trim();
  }
  return found.map(({ left, about }) => readOption(left, about));
}

/** Whether a block of lines is about options: a heading, options, what belongs to them. */
function isAboutOptions(block: string): boolean {
  return /^ {2,}-\S/m.test(block);
}

function isUsage(block: string): boolean {
  return /^usage:/i.test(block.trim());
}

export function parseHelp(help: string, program: string): HelpText {
  const blocks = help.split(/\n\s*\n/).filter((block) => block.trim() !== "");
  const usages = blocks.filter(isUsage).flatMap((block) =>
    block
      .trim()
      .replace(/^usage:\s*/i, "")
      .split("\n")
      // A way to call it that is too long for one line goes on in the next.
      .reduce((lines: string[], line) => {
        if (/^ {5,}\S/.test(line) && !line.includes(program) && lines.length > 0)
          return [...lines.slice(0, -1), `${lines.at(-1) ?? ""} ${line.trim()}`];
        return [...lines, line];
      }, [])
      .filter((line) => !line.trim().startsWith("-"))
      .map((line) => line.trim().replace(new RegExp(`^(?:or:\\s*)?\\S*${program}\\s*`), "")),
  );
  const others = blocks.slice(blocks.findIndex(isUsage) + 1);
  return {
    usages: usages.length === 0 ? [""] : usages,
    paragraphs: others.filter((block) => !isAboutOptions(block)).map((block) => block.replace(/\s+$/, "")),
    options: readOptions(help.split("\n")),
  };
}
