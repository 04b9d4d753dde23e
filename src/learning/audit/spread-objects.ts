/**
 * JSON objects that are printed over several lines (`journalctl -o json-pretty`, `jq .`): `{`, indented lines, `}`. Strings hold no line
 * breaks, so what a program wrote cannot look like the end of an object, or like its start.
 */

/** More than any entry of the journal that holds a record. */
const MOST_UNITS = 1 << 18;

export class SpreadObjects {
  private parts: string[] = [];
  private units = 0;

  /** The text to be read: a line that stands alone, an object whose end it is; `undefined` for a part of one. */
  feed(line: string): string | undefined {
    if (this.parts.length === 0) {
      if (!/^\{\r?$/.test(line)) return line;
      this.keep(line);
      return undefined;
    }
    if (/^\}[\r,]*$/.test(line)) {
      this.keep("}");
      return this.take();
    }
    // It was none: what began so is no line of a log either.
    if (!/^[ \t]/.test(line) || this.units > MOST_UNITS) {
      this.take();
      return this.feed(line);
    }
    this.keep(line);
    return undefined;
  }

  /** Whether an object has begun whose end has not come. */
  isOpen(): boolean {
    return this.parts.length > 0;
  }

  private keep(line: string): void {
    this.parts.push(line);
    this.units += line.length;
  }

  private take(): string {
    const text = this.parts.join("");
    this.parts = [];
    this.units = 0;
    return text;
  }
}
