/** Real programs of Debian, and what they are made to do: learned from one run in complain mode, they run again enforced. */

export interface LearnedProgram {
  readonly name: string;
  /** The executable that the profile attaches to. */
  readonly path: string;
  readonly argv: readonly string[];
  readonly stdin?: string;
  /** What must be so before each run, done by a shell. */
  readonly before?: string;
}

function program(path: string, ...args: readonly string[]): LearnedProgram {
  return { name: path.slice(path.lastIndexOf("/") + 1), path, argv: [path, ...args] };
}

/** What is there before anything runs. */
export const PREPARE = `
mkdir -p /srv/in/deep /srv/out /srv/bin
chmod 1777 /srv/out /tmp
for i in 1 2 3 4 5 6 7 8 9; do for j in 1 2 3 4 5 6 7 8 9; do echo "line $j$i of a text"; done; done > /srv/in/a.txt
cp /srv/in/a.txt /srv/in/b.txt
cp /srv/in/a.txt /srv/in/deep/c.conf
echo 'a=1' > /srv/in/edit.txt
cat > /srv/bin/pidfile <<'END'
#!/bin/sh
echo $$ > /srv/out/pidfile.$$.pid
cat /srv/out/pidfile.$$.pid > /srv/out/last
rm /srv/out/pidfile.$$.pid
END
cat > /srv/bin/nightly <<'END'
#!/bin/sh
set -e
dir=$(mktemp -d /tmp/nightly.XXXXXXXX)
find /srv/in -name '*.txt' | sort > $dir/list
while read name; do md5sum "$name"; done < $dir/list > $dir/sums
grep -c txt $dir/sums > /srv/out/nightly
sed -e 's/^/n/' /srv/out/nightly | tr a-z A-Z > $dir/up
date -u +%s > $dir/date
rm -r $dir
END
cat > /srv/bin/report.pl <<'END'
#!/usr/bin/perl
use strict; use File::Temp; use POSIX;
my ($out, $name) = File::Temp::tempfile(DIR => "/srv/out");
open my $in, "<", "/srv/in/a.txt" or die; print $out scalar(<$in>); close $out;
rename $name, "/srv/out/report" or die; unlink "/srv/out/report" or die;
print strftime("%Y", gmtime), "\\n" ? "" : ""; print +(getpwuid($<))[0], "\\n";
END
cat > /srv/bin/report.py <<'END'
#!/usr/bin/python3
import json, os, subprocess, tempfile
with tempfile.TemporaryDirectory() as place:
    with open(os.path.join(place, "x.json"), "w") as out:
        json.dump({"lines": len(open("/srv/in/a.txt").readlines())}, out)
    print(open(os.path.join(place, "x.json")).read(), flush=True)
    print(subprocess.run(["/usr/bin/wc", "-l", "/srv/in/b.txt"], capture_output=True, text=True).stdout.strip())
END
mkdir -p /srv/lib
echo 'value = 1' > /srv/lib/own.py
cat > /srv/bin/modules.py <<'END'
#!/usr/bin/python3
import sys, tempfile
sys.path.insert(0, "/srv/lib")
import own
with tempfile.TemporaryDirectory(dir="/srv/out") as place: print(own.value)
END
chmod 755 /srv/bin/*
# As on an installed system, where packages have their modules compiled.
/srv/bin/report.py > /srv/out/once; /srv/bin/modules.py > /srv/out/once
/usr/bin/python3 -c 'import os, socket'
rm -r /srv/out/once /srv/lib/__pycache__
`;

/** What the guest needs beyond its base. */
export const PROGRAM_PACKAGES = ["bsdutils", "ca-certificates", "ncurses-base", "ncurses-bin", "openssl", "python3"];

/** Those with the most in them come first: a small dose takes the first few. */
export const PROGRAMS: readonly LearnedProgram[] = [
  program("/srv/bin/nightly"),
  program("/srv/bin/pidfile"),
  program("/usr/bin/sort", "-S", "16b", "--batch-size=2", "-T", "/tmp", "-o", "/srv/out/sorted", "/srv/in/a.txt"),
  program("/srv/bin/report.py"),
  program("/srv/bin/report.pl"),
  // Compiled anew each time: under a name with a number in it, which is given up.
  { ...program("/srv/bin/modules.py"), before: "rm -rf /srv/lib/__pycache__" },
  program("/usr/bin/tar", "-cf", "/srv/out/in.tar", "-C", "/srv", "in"),
  program(
    "/usr/bin/bash",
    "-c",
    "for f in /srv/in/*.txt; do cat $f | wc -l; done > /srv/out/bash; test -e /srv/out/bash && id -u",
  ),
  program("/usr/bin/dash", "-c", "ls /srv/in > /srv/out/dash; grep root /etc/passwd"),
  program(
    "/usr/bin/perl",
    "-e",
    'mkdir "/srv/out/p"; print -d "/srv/out/p" ? "made\\n" : "no\\n"; rmdir "/srv/out/p"; system "/usr/bin/id", "-u"',
  ),
  program(
    "/usr/bin/python3.11",
    "-c",
    "import os, socket; open('/srv/out/py','w').write('x'); os.unlink('/srv/out/py'); print(sorted(os.listdir('/srv/in')))",
  ),
  program("/usr/bin/sed", "-i", "s/1/2/", "/srv/in/edit.txt"),
  program("/usr/bin/find", "/srv/in", "-name", "*.conf", "-exec", "/usr/bin/wc", "-l", "{}", ";"),
  program("/usr/bin/xargs", "/usr/bin/cat", "/srv/in/edit.txt"),
  program("/usr/bin/grep", "-r", "text", "/srv/in/deep"),
  program("/usr/bin/cp", "-a", "/srv/in/a.txt", "/srv/out/copy"),
  { ...program("/usr/bin/mv", "/srv/out/moving", "/srv/out/moved"), before: "cp /srv/in/a.txt /srv/out/moving" },
  // What is replaced is there, so that each run makes a name up.
  { ...program("/usr/bin/ln", "-f", "/srv/in/a.txt", "/srv/in/hard"), before: "ln -f /srv/in/a.txt /srv/in/hard" },
  program("/usr/bin/mktemp", "/tmp/made.XXXXXXXXXX"),
  program("/usr/bin/dd", "if=/dev/zero", "of=/srv/out/zero", "bs=1k", "count=4"),
  program("/usr/bin/md5sum", "/srv/in/a.txt", "/srv/in/b.txt"),
  program("/usr/bin/mawk", '{ n += NF } END { print n > "/srv/out/awk" }', "/srv/in/a.txt"),
  program("/usr/bin/diff", "-r", "/srv/in/deep", "/srv/in/deep"),
  program("/usr/bin/split", "-l", "20", "/srv/in/a.txt", "/srv/out/part."),
  { ...program("/usr/bin/tee", "/srv/out/tee"), stdin: "x\n" },
  program("/usr/bin/openssl", "dgst", "-sha256", "/srv/in/a.txt"),
  program("/usr/bin/getent", "passwd", "root"),
  program("/usr/bin/id"),
  program("/usr/bin/ls", "-lR", "/srv/in"),
  program("/usr/bin/stat", "/srv/in/a.txt"),
  program("/usr/bin/iconv", "-f", "ascii", "-t", "utf-8", "-o", "/srv/out/wide", "/srv/in/a.txt"),
];
