// A profile that lets one program make user namespaces, on a system that is a table of files here. On this machine it is
// `{ files: nodeFiles(), kernel: nodeKernel() }` of armorer/host, for root.
import { memoryFiles } from "armorer";
import { installApp, planApp, removeApp } from "armorer/app";
import { featureSets } from "armorer/features";

const files = memoryFiles({
  "/etc/apparmor.d/abi/4.0": featureSets["abi-4.0"],
  "/opt/My App/my-app": "",
});
const refused = { ok: false, error: { kind: "no-apparmor" } };
const kernel = {
  directory: () => undefined,
  enabled: () => undefined,
  load: () => refused,
  replace: () => refused,
  remove: () => refused,
  profiles: () => refused,
  features: () => refused,
  streams: () => refused,
};
const system = { files, kernel, isImage: true };

const wish = { path: "/opt/My App/my-app", name: "my-app" };
const plan = await planApp(wish, system);
console.log(plan.decision, plan.file);
console.log(plan.text);
console.log((await installApp(wish, system)).changed, (await installApp(wish, system)).changed);
console.log((await removeApp(wish.path, system)).decision, files.kind("/etc/apparmor.d/my-app"));

/* Prints:
install /etc/apparmor.d/my-app
# Written by `armorer app`, which removes it again as long as nobody changes it.
# Lets the program make user namespaces. It takes nothing away: the flag leaves the program as unconfined as it was.
abi <abi/4.0>,

profile my-app "/opt/My App/my-app" flags=(unconfined) {
  userns,

  include if exists <local/my-app>
}

true false
remove undefined
*/
