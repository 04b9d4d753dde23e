// What is shown of a run of tests: a line for every file that is done, every failure and skipped test in full, and the counts.
import { relative } from "node:path";
import { inspect } from "node:util";

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;
const place = (file) => relative("build", file ?? "").replace(/\.js$/, ".ts");

/** The error of a test as the test saw it: the runner wraps it. */
function rendered(error) {
  const cause = error?.cause ?? error;
  return (cause?.stack === undefined ? inspect(cause) : inspect(cause, { depth: 8 })).replaceAll(/^/gm, "  ");
}

/** A file is an entry of the run like a test; its name is its path. */
const isFile = ({ name, file }) => name === file;

export async function* report(events) {
  let files = 0;
  let done = 0;
  for await (const { type, data } of events) {
    if (type === "test:enqueue" && isFile(data)) files += 1;
    else if (type === "test:complete" && isFile(data)) {
      done += 1;
      const failed = data.details.passed ? "" : ", failed";
      yield `[${done}/${files}] ${place(data.file)}: ${seconds(data.details.duration_ms)}${failed}\n`;
    } else if (type === "test:fail" && data.details.error?.failureType !== "subtestsFailed") {
      yield `\nnot ok: ${data.name}\n  in ${place(data.file)}:${data.line ?? 1}\n${rendered(data.details.error)}\n\n`;
    } else if (type === "test:pass" && data.skip !== undefined) {
      yield `skipped: ${data.name} (${String(data.skip)})\n`;
    } else if (type === "test:pass" && data.details.type !== "suite" && data.details.duration_ms > 5000) {
      yield `  slow: ${data.name}: ${seconds(data.details.duration_ms)}\n`;
    } else if (type === "test:stdout" || type === "test:stderr") yield data.message;
    else if (type === "test:diagnostic" && data.nesting === 0) yield `# ${data.message}\n`;
  }
}
