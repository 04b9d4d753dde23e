// Compiles and loads. `nodeKernel()` of armorer/host is the running kernel, for root; this one only takes notes.
import { fullNames, load, refusalText } from "armorer";

const notes = [];
const refused = { ok: false, error: { kind: "no-apparmor" } };
const kernel = {
  directory: () => undefined,
  enabled: () => true,
  load: (bytes) => ({ ok: true, value: void notes.push(bytes.length) }),
  replace: (bytes) => ({ ok: true, value: void notes.push(bytes.length) }),
  remove: () => refused,
  profiles: () => ({ ok: true, value: [] }),
  features: () => refused,
  streams: () => refused,
};

const done = await load(
  [
    { path: "good", text: "profile good { /etc/hosts r, }\n" },
    { path: "bad", text: "profile bad { nonsense }\n" },
  ],
  { kernel },
);
for (const { source, loaded } of done) {
  if (!source.ok) console.log(source.path, "cannot be compiled");
  for (const { outline, refusal } of loaded) {
    console.log(fullNames(outline).join(" "), refusal === undefined ? "is loaded" : refusalText(refusal));
  }
}
console.log(notes.length);

/* Prints:
good is loaded
bad cannot be compiled
1
*/
