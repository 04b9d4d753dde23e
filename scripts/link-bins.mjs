// npm links the commands of dependencies, not of the package itself: a clone gets them in node_modules/.bin this way.
import { mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";

const { bin = {} } = JSON.parse(readFileSync("package.json", "utf8"));
mkdirSync("node_modules/.bin", { recursive: true });
for (const [name, target] of Object.entries(bin)) {
  rmSync(`node_modules/.bin/${name}`, { force: true });
  symlinkSync(`../../${target}`, `node_modules/.bin/${name}`);
}
