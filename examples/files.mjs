// Policy from anywhere: three functions are a file system. This one is a table; one over a repository or an archive looks the same.
import { check, encodeBytes } from "armorer";

const table = new Map([["/policy/local/demo", "/srv/** r,\n"]]);

const files = {
  read: (path) =>
    table.has(path)
      ? { ok: true, value: encodeBytes(table.get(path)) }
      : { ok: false, error: { path, errno: "ENOENT" } },
  list: (path) => ({ ok: false, error: { path, errno: "ENOENT" } }),
  kind: (path) => (table.has(path) ? "file" : undefined),
};

const checked = await check("profile demo {\n  include <local/demo>\n}\n", { files, base: "/policy" });
console.log(checked.ok, checked.files);

/* Prints:
true [ 'profile', '/policy/local/demo' ]
*/
