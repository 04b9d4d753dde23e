// For electron-builder 26 and newer: its .deb and .rpm packages bring a profile and load it where the system knows `userns`. By itself it
// fills in a template, in which a path is not quoted for AppArmor. In your electron-builder.config.mjs:
//
//   import { afterPack, writeProfile } from "./electron.mjs";
//   const app = { productName: "My App", executableName: "my-app", projectDir: import.meta.dirname };
//   const appArmorProfile = await writeProfile(app);
//   export default { productName: app.productName, linux: { executableName: app.executableName }, afterPack,
//     deb: { appArmorProfile }, rpm: { appArmorProfile } };
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appProfile } from "armorer/app";

const FILE = "build/apparmor-profile";

async function profileOf(productName, executableName) {
  // Packages are unpacked there, and the profile is installed as /etc/apparmor.d/EXECUTABLE.
  const profile = await appProfile({ path: `/opt/${productName}/${executableName}`, name: executableName });
  if (!profile.ok) throw new Error(`no AppArmor profile for ${executableName}: ${profile.error}`);
  // electron-builder takes the file for a template, and would fill in what looks like a macro.
  if (/\$\{[a-zA-Z]+\}|<%=[a-zA-Z]+%>/.test(profile.value.text)) {
    throw new Error(`the path of ${executableName} looks like a macro of electron-builder`);
  }
  return profile.value.text;
}

/** Writes the profile; the path to give as `appArmorProfile`. It must be there before the build begins. */
export async function writeProfile({ productName, executableName, projectDir }) {
  mkdirSync(join(projectDir, "build"), { recursive: true });
  writeFileSync(join(projectDir, FILE), await profileOf(productName, executableName));
  return FILE;
}

/** Stops the build when what was packed is not what the profile is for. */
export async function afterPack({ appOutDir, electronPlatformName, packager }) {
  if (electronPlatformName !== "linux") return;
  const { appInfo, executableName, projectDir } = packager;
  const wanted = await profileOf(appInfo.sanitizedProductName, executableName);
  if (readFileSync(join(projectDir, FILE), "utf8") !== wanted) {
    throw new Error(`${FILE} is not for /opt/${appInfo.sanitizedProductName}/${executableName}`);
  }
  if (!existsSync(join(appOutDir, executableName))) throw new Error(`there is no ${executableName} in ${appOutDir}`);
}

// What a build does, with a context as electron-builder gives it.
const projectDir = mkdtempSync(join(tmpdir(), "electron-app-"));
try {
  const appOutDir = join(projectDir, "dist/linux-unpacked");
  mkdirSync(appOutDir, { recursive: true });
  writeFileSync(join(appOutDir, "my-app"), "");
  await writeProfile({ productName: "My App (beta)", executableName: "my-app", projectDir });
  console.log(readFileSync(join(projectDir, FILE), "utf8"));
  const context = {
    outDir: join(projectDir, "dist"),
    appOutDir,
    arch: 1,
    electronPlatformName: "linux",
    targets: [],
    packager: {
      projectDir,
      executableName: "my-app",
      appInfo: { productFilename: "My App (beta)", sanitizedProductName: "My App (beta)", version: "1.0.0" },
    },
  };
  await afterPack(context);
  const renamed = { ...context, packager: { ...context.packager, executableName: "other" } };
  console.log(await afterPack(renamed).catch((error) => error.message));
} finally {
  rmSync(projectDir, { recursive: true });
}

/* Prints:
# Written by `armorer app`, which removes it again as long as nobody changes it.
# Lets the program make user namespaces. It takes nothing away: the flag leaves the program as unconfined as it was.
abi <abi/4.0>,

profile my-app "/opt/My App (beta)/my-app" flags=(unconfined) {
  userns,

  include if exists <local/my-app>
}

build/apparmor-profile is not for /opt/My App (beta)/other
*/
