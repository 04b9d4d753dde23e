import assert from "node:assert/strict";
import { test } from "node:test";
import { choosePatterns } from "./index.ts";
import { besideOf } from "./paths.ts";

const VARIABLES = new Set(["HOME", "pid", "tid", "uid", "multiarch"]);

function best(path: string, variables: ReadonlySet<string> = VARIABLES): string {
  return choosePatterns(path, variables).recommended.pattern;
}

/** Where the path was used by processes with these numbers. */
function named(path: string, ...pids: readonly number[]): string {
  return choosePatterns(path, VARIABLES, { pids: new Set(pids) }).recommended.pattern;
}

test("names that never come again are generalised, with a variable where one says it", () => {
  assert.equal(best("/proc/1234/stat"), "/proc/@{pid}/stat");
  assert.equal(best("/proc/1234/stat", new Set()), "/proc/[0-9]*/stat");
  assert.equal(best("/proc/12/task/13/comm"), "/proc/@{pid}/task/@{tid}/comm");
  assert.equal(best("/proc/sys/kernel/random/boot_id"), "/proc/sys/kernel/random/boot_id");
  assert.equal(best("/run/user/1000/bus"), "/run/user/@{uid}/bus");
  assert.equal(best("/dev/pts/3"), "/dev/pts/[0-9]*");
  assert.equal(best("/tmp/tmp.Xy12Zq9a"), "/tmp/tmp.*");
  assert.equal(best("/tmp/settings.json"), "/tmp/settings.json");
  assert.equal(best("/tmp/made.D73EKSTUPA"), "/tmp/made.*");
  assert.equal(best("/tmp/x-XYFKBF2J"), "/tmp/x-*");
  for (const word of ["/tmp/app.REPORT2026", "/tmp/app.2026REPORT", "/tmp/app.TEMPLATES", "/srv/made.D73EKSTUPA"]) {
    assert.equal(best(word), word);
  }
  assert.equal(best("/var/lib/app/app.ini.Ab3xYz"), "/var/lib/app/app.ini.*");
  assert.equal(best("/usr/share/doc/README.Debian"), "/usr/share/doc/README.Debian");
  assert.equal(best("/var/cache/0123456789abcdef0123456789abcdef/x"), "/var/cache/[0-9a-f]*/x");
  assert.equal(best("/var/lib/dbus-1a2b3c4d5e6f"), "/var/lib/dbus-[0-9a-f]*");
  assert.match(best("/dev/disk/by-uuid/3fa85f64-5717-4562-b3fc-2c963f66afa6"), /^\/dev\/disk\/by-uuid\/\[0-9a-f\]\*-/);
});

test("UUIDs in either case, addresses of devices and the process's own number are generalised whole, wherever they are in a name", () => {
  const uuid = "[0-9a-f]*-[0-9a-f]*-[0-9a-f]*-[0-9a-f]*-[0-9a-f]*";
  assert.equal(best("/srv/1b4e28ba-2fa1-11d2-883f-0016d3cca427.conf"), `/srv/${uuid}.conf`);
  assert.equal(best("/srv/s-1b4e28ba-2fa1-11d2-883f-0016d3cca427/x"), `/srv/s-${uuid}/x`);
  assert.equal(best("/srv/1B4E28BA-2FA1-11D2-883F-0016D3CCA427"), `/srv/${uuid.replaceAll("a-f", "A-F")}`);
  assert.equal(
    best("/sys/devices/pci0000:00/0000:00:1e.0/0000:01:02.0/vendor"),
    "/sys/devices/pci[0-9a-f]*:[0-9a-f]*/[0-9a-f]*:[0-9a-f]*:[0-9a-f]*.[0-7]/[0-9a-f]*:[0-9a-f]*:[0-9a-f]*.[0-7]/vendor",
  );
  assert.equal(best("/run/udev/data/+pci:0000:00:1e.0"), "/run/udev/data/+pci:[0-9a-f]*:[0-9a-f]*:[0-9a-f]*.[0-7]");
  assert.equal(best("/run/udev/data/c10:1"), "/run/udev/data/c[0-9]*:[0-9]*");
  assert.equal(named("/run/web.471.lock", 471), "/run/web.[0-9]*.lock");
  assert.equal(named("/run/web.471.lock", 472), "/run/web.471.lock");
  assert.equal(named("/run/web.4712.lock", 471), "/run/web.4712.lock");
  assert.equal(named("/srv/web10", 10), "/srv/web10");
  const pack = "pack-b402bf01e6fe583cd8eb2c493f99d1ffbc609c91";
  assert.equal(named(`/srv/o/.tmp-216-${pack}.idx`, 216), "/srv/o/.tmp-[0-9]*-pack-[0-9a-f]*.idx");
  assert.equal(named(`/srv/o/.tmp-216-${pack}.idx`, 217), "/srv/o/.tmp-216-pack-[0-9a-f]*.idx");
  // Caches call files by a hash alone.
  assert.equal(named("/srv/o/3f2a9c1e7b8d4f60.json", 217), "/srv/o/[0-9a-f]*.json");
  assert.equal(named("/srv/o/3f216c1e7b8d4f60.json", 216), "/srv/o/[0-9a-f]*.json");
});

/** Where the file was made and gone in one log. */
function gone(path: string): string {
  return choosePatterns(path, VARIABLES, { isTransient: true }).recommended.pattern;
}

test("a file that was made and gone again is known by what is before its made-up letters", () => {
  assert.equal(gone("/srv/in/sedHK29Dl"), "/srv/in/sed??????");
  assert.equal(gone("/srv/in/Cux7ZeMO"), "/srv/in/Cu??????");
  // also where what is made up looks like a word
  for (const [name, stem] of [
    ["CuAbcdef", "Cu"],
    ["Cuabcdef", "Cu"],
    ["sedXYZABC", "sed"],
    ["sortletter", "sort"],
  ] as const)
    assert.equal(gone(`/srv/in/${name}`), `/srv/in/${stem}??????`);
  assert.equal(best("/srv/in/sedHK29Dl"), "/srv/in/sedHK29Dl");
  assert.equal(gone("/srv/out/XnbIi1urao"), "/srv/out/??????????");
  assert.equal(gone("/srv/in/document"), "/srv/in/document");
  assert.equal(gone("/srv/in/Document"), "/srv/in/Document");
});

test("a file that was made and gone again is known without the number in its name, wherever that is", () => {
  assert.equal(gone("/srv/m/a.cpython-311.pyc.140467031019392"), "/srv/m/a.cpython-311.pyc.[0-9]*");
  assert.equal(gone("/srv/m/temp-1732931231.db"), "/srv/m/temp-[0-9]*.db");
  assert.equal(gone("/srv/m/cache.20261130-101500"), "/srv/m/cache.[0-9]*-[0-9]*");
  assert.equal(gone("/srv/m/part-00017"), "/srv/m/part-00017");
  assert.equal(best("/srv/m/a.pyc.140467031019392"), "/srv/m/a.pyc.140467031019392");
});

test("names of Python's tempfile are known whole, of files and of directories", () => {
  assert.equal(gone("/srv/out/ul77fnfl"), "/srv/out/????????");
  assert.equal(gone("/srv/out/tmpab12cd34"), "/srv/out/tmp????????");
  assert.equal(gone("/srv/out/tmpabcdefgh"), "/srv/out/tmp????????");
  assert.equal(best("/srv/out/tmpq_3kzvbx/x.json"), "/srv/out/tmp????????/x.json");
  assert.equal(best("/tmp/tmpq_3kzvbx/"), "/tmp/tmp????????/");
  assert.equal(best("/srv/out/tmpdatabase"), "/srv/out/tmpdatabase");
  assert.equal(gone("/srv/out/document"), "/srv/out/document");
  assert.equal(gone("/tmp/jetlgpoa"), "/tmp/????????");
  assert.equal(best("/tmp/jetlgpoa"), "/tmp/jetlgpoa");
});

test("what says that it is temporary, or is made up as Perl or Python do it, need not look random", () => {
  assert.equal(gone("/srv/o/tmp_idx_Eagxpa"), "/srv/o/tmp_idx_??????");
  assert.equal(gone("/srv/o/.a.txt.backup"), "/srv/o/.a.txt.??????");
  assert.equal(gone("/srv/o/data_backup"), "/srv/o/data_backup");
  assert.equal(gone("/srv/o/EykjNhtKWm"), "/srv/o/??????????");
  assert.equal(gone("/srv/o/Jkxz_Lo46N"), "/srv/o/??????????");
  assert.equal(gone("/srv/o/Statistics"), "/srv/o/Statistics");
  assert.equal(gone("/tmp/tmpkjkmvhde/"), "/tmp/tmp????????/");
  assert.equal(gone("/srv/o/template"), "/srv/o/template");
});

/** Where it was written beside the file whose name it has before its last letters. */
function beside(path: string): string {
  return choosePatterns(path, VARIABLES, { isTransient: true, isBeside: true }).recommended.pattern;
}

test("a file that is written beside another has the other's name, and six letters of any look", () => {
  assert.equal(beside("/srv/o/packs_Abcdef"), "/srv/o/packs_??????");
  assert.equal(beside("/srv/o/a.txt.letter"), "/srv/o/a.txt.??????");
  assert.equal(besideOf("/srv/o/packs_Abcdef"), "/srv/o/packs");
  for (const path of ["/srv/o/packs_Abcdefg", "/srv/o/packsAbcdef", "/srv/o/_Abcdef", "/srv/o/packs_Abcde"])
    assert.equal(besideOf(path), undefined, path);
});

/** Where the directories were made and gone in one log. */
function below(path: string, ...directories: readonly string[]): string {
  return choosePatterns(path, VARIABLES, { transientDirectories: new Set(directories) }).recommended.pattern;
}

test("what is shown of a directory counts for all that is below it, whatever its letters look like", () => {
  assert.equal(gone("/tmp/node-abcdef/"), "/tmp/node-??????/");
  assert.equal(below("/tmp/node-abcdef/x.json", "/tmp/node-abcdef"), "/tmp/node-??????/x.json");
  assert.equal(below("/tmp/node-abcdef/letter/x.json", "/tmp/node-abcdef"), "/tmp/node-??????/letter/x.json");
  assert.equal(below("/srv/out/sedletter/x", "/srv/out/sedletter"), "/srv/out/sed??????/x");
  assert.equal(below("/srv/out/tmpkjkmvhde/x", "/srv/out/tmpkjkmvhde"), "/srv/out/tmp????????/x");
  assert.equal(below("/srv/out/document/x", "/srv/out/document"), "/srv/out/document/x");
  assert.equal(best("/tmp/node-abcdef/x.json"), "/tmp/node-abcdef/x.json");
  assert.equal(gone("/srv/out/node-abcdef/"), "/srv/out/node-abcdef/");
});

test("homes and architectures are said by their variable, or by a glob where the profile has none", () => {
  assert.equal(best("/home/ann/.config/x.ini"), "@{HOME}/.config/x.ini");
  assert.equal(best("/home/ann/.config/x.ini", new Set()), "/home/*/.config/x.ini");
  assert.equal(best("/root/.vimrc"), "@{HOME}/.vimrc");
  assert.equal(best("/home/"), "/home/");
  assert.equal(best("/usr/lib/x86_64-linux-gnu/libc.so.6"), "/usr/lib/@{multiarch}/libc.so.6");
});

test("directories of what packages install are known without the minor version, and modules of Python that are compiled without theirs", () => {
  assert.equal(best("/usr/lib/python3.11/json/"), "/usr/lib/python3.[0-9]*/json/");
  assert.equal(best("/usr/local/lib/python3.11/dist-packages/"), "/usr/local/lib/python3.[0-9]*/dist-packages/");
  assert.equal(
    best("/usr/lib/python3.11/__pycache__/os.cpython-311.pyc"),
    "/usr/lib/python3.[0-9]*/__pycache__/os.cpython-[0-9]*.pyc",
  );
  assert.equal(best("/usr/share/perl/5.36.0/strict.pm"), "/usr/share/perl/5.[0-9]*/strict.pm");
  assert.equal(best("/usr/lib/x86_64-linux-gnu/perl/5.36/Fcntl.pm"), "/usr/lib/@{multiarch}/perl/5.[0-9]*/Fcntl.pm");
  assert.equal(best("/usr/lib/x-1.2.3/a"), "/usr/lib/x-1.[0-9]*/a");
  const [exact] = choosePatterns("/usr/lib/python3.11/os.py", VARIABLES).others;
  assert.equal(exact?.pattern, "/usr/lib/python3.11/os.py");
  for (const same of ["/usr/lib/python3/x", "/usr/share/a/data-1.2", "/srv/app/1.2/x", "/usr/lib/a.1.b/x"]) {
    assert.equal(best(same), same);
  }
});

test("anything else is proposed as it is, its glob characters escaped, wider patterns behind", () => {
  const { recommended, others } = choosePatterns("/srv/app/data/a*b.csv", VARIABLES);
  assert.deepEqual(recommended, {
    pattern: "/srv/app/data/a\\*b.csv",
    kind: "exact",
    reason: "exactly what the log shows",
  });
  assert.deepEqual(
    others.map(({ pattern }) => pattern),
    ["/srv/app/data/*.csv", "/srv/app/data/*", "/srv/app/data/**"],
  );
});

test("crowded directories are never opened with a glob", () => {
  for (const path of ["/etc/passwd", "/usr/bin/ls", "/proc/12/maps", "/home/ann/x", "/root/x"]) {
    const { others } = choosePatterns(path, VARIABLES);
    assert.ok(!others.some(({ pattern }) => /\/\*\*?$/.test(pattern)), path);
  }
});

test("versions of libraries and numbers are offered, not decided", () => {
  const patterns = choosePatterns("/usr/lib/x86_64-linux-gnu/libssl.so.3", VARIABLES).others.map(
    ({ pattern }) => pattern,
  );
  assert.ok(patterns.includes("/usr/lib/@{multiarch}/libssl.so*"));
  const numbered = choosePatterns("/sys/devices/system/cpu/cpu12/online", VARIABLES).others.map(
    ({ pattern }) => pattern,
  );
  assert.ok(numbered.includes("/sys/devices/system/cpu/cpu[0-9]*/online"));
});
