/**
 * What a package or a runtime needs so that a program runs under its profile: pieces of maintainer scripts, of spec files, of units and of the
 * descriptions of containers. They do what the tools of each distribution do (tools 25.5), so that a package may change from one to the other.
 */
import { displayText } from "../foundation/text/index.ts";

export const packageForms = ["debian", "rpm", "systemd", "docker", "podman", "kubernetes", "lxc", "libvirt"] as const;
export type PackageForm = (typeof packageForms)[number];

/** A unit and the profile it is to run under, as both are written. */
export interface UnitProfile {
  readonly unit: string;
  readonly profile: string;
}

/** What is to be packed. */
export interface PackedProfiles {
  readonly packageName: string;
  /** The names of the files, as they are installed. */
  readonly files: readonly string[];
  /** What a container runs under. */
  readonly profile: string;
  readonly units: readonly UnitProfile[];
  readonly image: string;
}

export interface PackageFile {
  /** Below the directory of the result. */
  readonly path: string;
  readonly text: string;
}

const each = (files: readonly string[], text: (file: string) => string): string => files.map(text).join("");

function debianPostinst({ files }: PackedProfiles): string {
  return `#!/bin/sh
set -e

# AppArmor: each profile gets a file for the administrator's own rules, and is loaded again where AppArmor runs. With -T and -W what it includes
# is read anew and the cache is written anew. A profile that cannot be loaded does not stop the installation.
apparmor_profile() {
    [ -f "/etc/apparmor.d/$1" ] || return 0
    if [ ! -e "/etc/apparmor.d/local/$1" ]; then
        mkdir -p /etc/apparmor.d/local
        : > "/etc/apparmor.d/local/$1"
        chmod 644 "/etc/apparmor.d/local/$1"
    fi
    if command -v aa-enabled > /dev/null && aa-enabled --quiet 2> /dev/null; then
        apparmor_parser -r -T -W "/etc/apparmor.d/$1" || true
    fi
}

if [ "$1" = configure ]; then
${each(files, (file) => `    apparmor_profile '${file}'\n`)}fi

#DEBHELPER#
`;
}

function debianPostrm({ files }: PackedProfiles): string {
  return `#!/bin/sh
set -e

# AppArmor: what was made for a profile, and marks that switch it off, go when the package is purged, unless another package has the profile by
# now. Nothing is unloaded: programs that still run would run on without a profile.
apparmor_forget() {
    [ ! -e "/etc/apparmor.d/$1" ] || return 0
    rm -f "/etc/apparmor.d/disable/$1" "/etc/apparmor.d/force-complain/$1" "/etc/apparmor.d/local/$1"
    rm -f /var/cache/apparmor/*/"$1"
}

if [ "$1" = purge ]; then
${each(files, (file) => `    apparmor_forget '${file}'\n`)}    for directory in disable force-complain local; do
        rmdir "/etc/apparmor.d/$directory" 2> /dev/null || true
    done
fi

#DEBHELPER#
`;
}

function debian(packed: PackedProfiles): readonly PackageFile[] {
  const { files, packageName } = packed;
  return [
    { path: `debian/${packageName}.install`, text: each(files, (file) => `debian/apparmor/${file} etc/apparmor.d\n`) },
    { path: `debian/${packageName}.postinst`, text: debianPostinst(packed) },
    { path: `debian/${packageName}.postrm`, text: debianPostrm(packed) },
  ];
}

/** The macro as SUSE has it, for distributions that do not. */
const RPM_MACROS = `# For distributions without apparmor-rpm-macros: loads a profile again where AppArmor runs.
%apparmor_reload() %{expand:
if [ "$(cat /sys/module/apparmor/parameters/enabled 2> /dev/null)" = Y ]; then
  apparmor_parser -r -T -W %{1} > /dev/null 2>&1 || :
fi
}
`;

function rpm({ files, packageName }: PackedProfiles): readonly PackageFile[] {
  const directory = "%{_sysconfdir}/apparmor.d";
  const text = `# In ${packageName}.spec: \`%%include %%{_sourcedir}/${packageName}-apparmor.inc\` before %%prep, and in %%install:
${each(
  files,
  (file) => `#   install -D -m 0644 apparmor/${file} %%{buildroot}%%{_sysconfdir}/apparmor.d/${file}
#   install -D -m 0644 /dev/null %%{buildroot}%%{_sysconfdir}/apparmor.d/local/${file}
`,
)}%package apparmor
Summary: AppArmor profile of %{name}
BuildArch: noarch
Requires: apparmor-parser
Supplements: (%{name} and apparmor-parser)

%description apparmor
The AppArmor profile of %{name}. Rules of your own go into %{_sysconfdir}/apparmor.d/local.

%post apparmor
${each(files, (file) => `%apparmor_reload ${directory}/${file}\n`)}
%files apparmor
%dir ${directory}
%dir ${directory}/local
${each(files, (file) => `%config ${directory}/${file}\n%config(noreplace) ${directory}/local/${file}\n`)}`;
  return [
    { path: `${packageName}-apparmor.inc`, text },
    { path: "macros.apparmor", text: RPM_MACROS },
  ];
}

/** Values of units have specifiers, which begin with this. */
function unitText(text: string): string {
  return text.replaceAll(/%(?![iIjJnNpP])/g, "%%");
}

function sectionOf(unit: string): string {
  const kind = unit.slice(unit.lastIndexOf(".") + 1);
  return `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}`;
}

function systemd({ units }: PackedProfiles): readonly PackageFile[] {
  return units.map(({ unit, profile }) => ({
    path: `${unit}.d/apparmor.conf`,
    text: `# Without the profile the unit does not start; with a minus sign before the name it would run without one.
[${sectionOf(unit)}]
AppArmorProfile=${unitText(profile)}
`,
  }));
}

const LOADED =
  "The profile must be loaded on every machine before a container is started; the runtime does not load it.";

function docker({ image, profile }: PackedProfiles): readonly PackageFile[] {
  return [
    {
      path: "compose.apparmor.yaml",
      text: `# ${LOADED}
# docker compose -f compose.yaml -f compose.apparmor.yaml up, or: docker run --security-opt apparmor=${profile} ${image}
services:
  ${serviceName(image)}:
    security_opt:
      - "apparmor=${profile}"
`,
    },
  ];
}

/** The last part of an image's name. */
function serviceName(image: string): string {
  const name = image.replace(/[@:][^/]*$/, "").replace(/^.*\//, "");
  return name.replaceAll(/[^a-zA-Z0-9._-]/g, "-");
}

function podman({ image, profile }: PackedProfiles): readonly PackageFile[] {
  return [
    {
      path: `${serviceName(image)}.container.d/apparmor.conf`,
      text: `# ${LOADED}
# For a quadlet; by hand: podman run --security-opt apparmor=${profile} ${image}. Without root podman cannot confine by AppArmor.
[Container]
PodmanArgs=--security-opt=apparmor=${unitText(profile)}
`,
    },
  ];
}

function kubernetes({ image, profile }: PackedProfiles): readonly PackageFile[] {
  const name = serviceName(image).toLowerCase().replaceAll(/[._]/g, "-");
  return [
    {
      path: "pod.apparmor.yaml",
      text: `# ${LOADED}
# Before Kubernetes 1.30 the annotation container.apparmor.security.beta.kubernetes.io/${name}: localhost/${profile} says the same.
apiVersion: v1
kind: Pod
metadata:
  name: ${name}
spec:
  containers:
    - name: ${name}
      image: "${image}"
      securityContext:
        appArmorProfile:
          type: Localhost
          localhostProfile: "${profile}"
`,
    },
  ];
}

function lxc({ profile }: PackedProfiles): readonly PackageFile[] {
  return [{ path: "lxc.apparmor.conf", text: `# ${LOADED}\nlxc.apparmor.profile = ${profile}\n` }];
}

function libvirt({ profile }: PackedProfiles): readonly PackageFile[] {
  return [
    {
      path: "seclabel.apparmor.xml",
      text: `<!-- ${LOADED} In the definition of the domain, directly below <domain>: -->
<seclabel type='static' model='apparmor' relabel='no'>
  <label>${profile}</label>
</seclabel>
`,
    },
  ];
}

const FORMS: Readonly<Record<PackageForm, (packed: PackedProfiles) => readonly PackageFile[]>> = {
  debian,
  rpm,
  systemd,
  docker,
  podman,
  kubernetes,
  lxc,
  libvirt,
};

/** Whether a form names a profile, and not files. */
export function namesProfile(form: PackageForm): boolean {
  return form !== "debian" && form !== "rpm" && form !== "systemd";
}

/** The files of a form. */
export function packageTexts(form: PackageForm, packed: PackedProfiles): readonly PackageFile[] {
  return FORMS[form](packed);
}

/** The unit that somebody means: without a suffix it is a service. */
export function unitName(word: string): string {
  return /\.[a-z]+$/.test(word) ? word : `${word}.service`;
}

/** Units that start programs, which alone can have a profile. */
const UNIT_KINDS = ["service", "socket", "mount", "swap"];

/** Why a unit can have no profile; `undefined`: it can. */
export function unitProblem(unit: string): string | undefined {
  const [, suffix = ""] = /^[A-Za-z0-9:_.\\-]+(?:@[A-Za-z0-9:_.\\-]*)?\.([a-z]+)$/.exec(unit) ?? [];
  if (suffix === "") return `\`${displayText(unit)}\` is no name of a unit`;
  if (UNIT_KINDS.includes(suffix)) return undefined;
  return `${unit} starts no program, and takes no AppArmorProfile=; only ${UNIT_KINDS.join(", ")} units do`;
}
