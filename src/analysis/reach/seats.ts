/** Files that decide what runs outside of the profile that writes them, by what they do. */

export interface Seat {
  readonly name: string;
  readonly kind: "policy" | "start-up";
  readonly patterns: readonly string[];
  /** What a kernel asks of who writes there. */
  readonly capability?: string;
  /** What becomes of what is written there. */
  readonly effect: string;
}

const HOMES = "/{root,home/*}";

export const seats: readonly Seat[] = [
  {
    name: "AppArmor policy",
    kind: "policy",
    patterns: [
      "/etc/apparmor{,.d}/**",
      "/var/cache/apparmor/**",
      "/etc/apparmor.d/cache/**",
      "/usr/share/apparmor/**",
      "/var/lib/snapd/apparmor/**",
    ],
    effect: "is loaded as policy at the next boot or reload",
  },
  {
    name: "AppArmor in the kernel",
    kind: "policy",
    patterns: ["/sys/kernel/security/apparmor/{,policy/namespaces/**/}.{load,replace,remove}"],
    effect: "is loaded as policy at once",
    capability: "mac_admin",
  },
  {
    name: "programs and libraries",
    kind: "start-up",
    patterns: ["/{usr/,usr/local/,}{bin,sbin,lib,lib32,lib64,libx32,libexec}/**", "/{boot,opt,var/lib/dpkg/info}/**"],
    effect: "is run by whoever is not confined",
  },
  {
    name: "memory and disks",
    kind: "start-up",
    patterns: ["/dev/{mem,kmem,port}", "/dev/{sd,hd,vd,xvd,nvme,mmcblk,md,dm-,loop}*", "/dev/mapper/*"],
    effect: "holds everything else",
  },
  {
    name: "the dynamic loader",
    kind: "start-up",
    patterns: ["/etc/ld.so.{preload,conf,cache}", "/etc/ld.so.conf.d/**"],
    effect: "names a library that every program loads",
  },
  {
    name: "cron",
    kind: "start-up",
    patterns: ["/etc/{ana,}crontab", "/etc/cron.{d,hourly,daily,weekly,monthly}/**", "/var/spool/cron/**"],
    effect: "is run by cron",
  },
  {
    name: "systemd",
    kind: "start-up",
    patterns: [
      "/etc/{systemd,init.d,rc?.d}/**",
      "/{usr/,}lib/systemd/**",
      "/run/systemd/{system,user,generator*}/**",
      `${HOMES}/.config/systemd/**`,
    ],
    effect: "is started by systemd",
  },
  {
    name: "udev and modprobe",
    kind: "start-up",
    patterns: [
      "/{etc,run,usr/lib,lib}/{udev/rules.d,modprobe.d}/**",
      "/{usr/,}lib/modules/**",
      "/proc/sys/kernel/{core_pattern,modprobe,hotplug}",
      "/sys/kernel/uevent_helper",
    ],
    effect: "is run by the kernel or for it",
  },
  {
    name: "shell start-up files",
    kind: "start-up",
    patterns: [
      "/etc/{profile,bash.bashrc,bashrc,zsh/**,environment}",
      "/etc/profile.d/**",
      `${HOMES}/.{bashrc,profile,bash_profile,bash_login,bash_logout,zshrc,zshenv,zprofile,zlogin}`,
    ],
    effect: "is run by the next shell",
  },
  {
    name: "accounts and logins",
    kind: "start-up",
    patterns: [
      "/etc/{passwd,shadow,group,gshadow,sudoers}",
      "/etc/{sudoers.d,pam.d}/**",
      `${HOMES}/.ssh/{authorized_keys,authorized_keys2,rc,config}`,
    ],
    effect: "decides who may log in, and as whom",
  },
  {
    name: "desktop sessions",
    kind: "start-up",
    patterns: [`${HOMES}/.config/autostart/**`, `${HOMES}/.{xprofile,xsessionrc,xinitrc,pam_environment}`],
    effect: "is started with the next session",
  },
];
