// The script of a page that checks while one types. Bundled for browsers it needs nothing but what every browser has:
// npx esbuild examples/browser/page.mjs --bundle --splitting --minify --format=esm --outdir=examples/browser/page --servedir=examples/browser
// That makes it and serves index.html (without --servedir it writes the files): modules are not read from `file:`.
import { check, compile, renderDiagnostics } from "armorer";

const input = document.querySelector("#policy");
const output = document.querySelector("#answer");

async function answerTo(policy) {
  const checked = await check(policy);
  if (!checked.ok) return renderDiagnostics(checked);
  const { units } = await compile(policy);
  const bytes = units.reduce((sum, unit) => sum + unit.bytes.length, 0);
  return `${units.length} profile${units.length === 1 ? "" : "s"}, ${bytes} bytes`;
}

async function answer() {
  const text = input.value;
  const words = await answerTo({ path: "profile", text });
  // While it was worked out, somebody may have typed on: an old answer must not take the place of a newer one.
  if (text === input.value) output.textContent = words;
}

input.addEventListener("input", () => void answer());
await answer();
