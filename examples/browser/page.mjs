// The script of a page that checks while one types. Bundled for browsers it needs nothing but what every browser has:
// npx esbuild examples/browser/page.mjs --bundle --format=esm --outfile=page.js
import { check, compile, renderDiagnostics } from "armorer";

const input = document.querySelector("#policy");
const output = document.querySelector("#answer");

async function answer() {
  const policy = { path: "profile", text: input.value };
  const checked = await check(policy);
  if (!checked.ok) {
    output.textContent = renderDiagnostics(checked);
    return;
  }
  const { units } = await compile(policy);
  const bytes = units.reduce((sum, unit) => sum + unit.bytes.length, 0);
  output.textContent = `${units.length} profiles, ${bytes} bytes`;
}

input.addEventListener("input", () => void answer());
await answer();
