// The script of a page that checks while one types. Bundled for browsers it needs nothing but what every browser has:
// npx esbuild examples/browser/page.mjs --bundle --splitting --minify --format=esm --outdir=page
import { check, compile, renderDiagnostics } from "armorer";

const input = document.querySelector("#policy");
const output = document.querySelector("#answer");

async function answerTo(policy) {
  const checked = await check(policy);
  if (!checked.ok) return renderDiagnostics(checked);
  const { units } = await compile(policy);
  const bytes = units.reduce((sum, unit) => sum + unit.bytes.length, 0);
  return `${units.length} profiles, ${bytes} bytes`;
}

async function answer() {
  const text = input.value;
  const words = await answerTo({ path: "profile", text });
  // While it was worked out, somebody may have typed on: an old answer must not take the place of a newer one.
  if (text === input.value) output.textContent = words;
}

input.addEventListener("input", () => void answer());
await answer();
