/** Programs of Debian that are talked to while they are learned: servers, and those that ask one, all on the loopback interface. */
import type { LearnedProgram } from "./learn-programs.ts";

/** What the guest needs for these, beyond what the others need. */
export const SERVICE_PACKAGES = [
  "curl",
  "dnsmasq-base",
  "git",
  "gzip",
  "iputils-ping",
  "logrotate",
  "netcat-openbsd",
  "nginx-light",
  "nodejs",
  "openssh-client",
  "openssh-server",
  "procps",
  "redis-server",
  "redis-tools",
  "rsync",
  "socat",
  "sqlite3",
  "tar",
  "wget",
];

/** A question to a name server, as bytes on the wire. */
const ASK_NAME = String.raw`/usr/bin/python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(20)
s.sendto(b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01x\x04test\x00\x00\x01\x00\x01", ("127.0.0.1", 5353))
print(s.recv(512)[-4:].hex())'`;

/** What is there before they run. */
export const PREPARE_SERVICES = String.raw`
busybox ip link set lo up
mkdir -p /srv/www /srv/redis /srv/nginx /srv/ssh /run/sshd /srv/git /srv/rotate /root/.ssh
chmod 700 /root/.ssh
echo page > /srv/www/index.html
grep -q sshd /etc/passwd || echo 'sshd:x:105:65534::/run/sshd:/usr/sbin/nologin' >> /etc/passwd
cat > /srv/nginx/nginx.conf <<'END'
user www-data;
worker_processes 1;
daemon off;
pid /run/nginx.pid;
error_log /srv/nginx/error.log;
events { worker_connections 16; }
http {
  access_log /srv/nginx/access.log;
  server { listen 127.0.0.1:8072; root /srv/www; location /post { client_body_in_file_only clean; proxy_pass http://127.0.0.1:8072/; } }
}
END
ssh-keygen -q -t ed25519 -N '' -f /srv/ssh/host
ssh-keygen -q -t ed25519 -N '' -f /srv/ssh/user
cp /srv/ssh/user.pub /srv/ssh/authorized
printf '%s\n' 'Port 2222' 'ListenAddress 127.0.0.1' 'HostKey /srv/ssh/host' 'AuthorizedKeysFile /srv/ssh/authorized' 'StrictModes no' 'PermitRootLogin yes' 'PidFile /run/sshd/lab.pid' > /srv/ssh/sshd_config
printf '%s\n' '/srv/rotate/log {' 'rotate 2' 'compress' 'missingok' 'su root root' '}' > /srv/rotate/conf
chmod 644 /srv/rotate/conf
cat > /srv/bin/weekly <<'END'
#!/bin/bash
set -euo pipefail
exec 9> /srv/out/weekly.lock
flock -n 9
stamp=$(date -u +%Y)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
find /srv/in -type f -print0 | xargs -0 sha256sum | sort -k 2 > "$work/sums"
tar -C /srv -czf "/srv/out/weekly-$stamp.tar.gz" in
gzip -t "/srv/out/weekly-$stamp.tar.gz"
cut -d ' ' -f 1 "$work/sums" | head -n 1 | tee "$work/first" > /dev/null
mawk '{ n++ } END { print n }' "$work/sums" > /srv/out/weekly.count
ls -l "$work" | wc -l
df / > "$work/df"; uname -r > "$work/uname"; hostname > "$work/name"; id -un; nice -n 5 sleep 0.1
[ -s "$work/sums" ] && chmod 600 /srv/out/weekly.count && touch /srv/out/weekly.done
END
chmod 755 /srv/bin/weekly
cat > /srv/bin/service.js <<'END'
const { createServer, get } = require("node:http");
const { execFileSync } = require("node:child_process");
const { mkdtempSync, writeFileSync, rmSync, readFileSync } = require("node:fs");
const place = mkdtempSync("/tmp/node-");
writeFileSync(place + "/x.json", JSON.stringify({ lines: readFileSync("/srv/in/a.txt", "utf8").split("\n").length }));
rmSync(place, { recursive: true });
console.log(execFileSync("/usr/bin/wc", ["-l", "/srv/in/b.txt"]).toString().trim());
const server = createServer((_, answer) => answer.end("served\n")).listen(8073, "127.0.0.1", () =>
  get("http://127.0.0.1:8073/", (answer) => answer.pipe(process.stdout).on("unpipe", () => server.close())),
);
END
`;

/** A shell's script that starts the program; it is not confined itself. */
function script(path: string, text: string, name = path.slice(path.lastIndexOf("/") + 1)): LearnedProgram {
  return { name, path, argv: ["/bin/sh", "-ec", text] };
}

/** With a server of pages that nobody confines. */
function beside(path: string, line: string): LearnedProgram {
  return script(
    path,
    `cd /srv/www; /usr/bin/python3 -m http.server --bind 127.0.0.1 8070 >/dev/null 2>&1 & server=$!
until nc.openbsd -z 127.0.0.1 8070; do sleep 0.2; done
${line}; kill $server`,
  );
}

export const SERVICES: readonly LearnedProgram[] = [
  script(
    "/usr/bin/redis-check-rdb",
    `cd /srv/redis; /usr/bin/redis-server --port 6390 --bind 127.0.0.1 --dir /srv/redis --save '' --pidfile /run/redis-lab.pid --logfile /srv/redis/log & server=$!
until redis-cli -p 6390 ping >/dev/null 2>&1; do sleep 0.2; done
redis-cli -p 6390 set a b; redis-cli -p 6390 bgsave
until redis-cli -p 6390 info persistence | grep -q rdb_bgsave_in_progress:0; do sleep 0.2; done
redis-cli -p 6390 config set appendonly yes
until redis-cli -p 6390 info persistence | grep -q aof_rewrite_in_progress:0; do sleep 0.2; done
redis-cli -p 6390 shutdown; wait $server
rm -rf /srv/redis/*`,
    "redis-server",
  ),
  script(
    "/usr/sbin/nginx",
    `rm -f /srv/nginx/*.log; /usr/sbin/nginx -c /srv/nginx/nginx.conf & server=$!
until nc.openbsd -z 127.0.0.1 8072; do sleep 0.2; done
curl -sf http://127.0.0.1:8072/index.html; curl -s -d a=b http://127.0.0.1:8072/post | wc -l
/usr/sbin/nginx -c /srv/nginx/nginx.conf -s reload; sleep 1; curl -sf http://127.0.0.1:8072/index.html
/usr/sbin/nginx -c /srv/nginx/nginx.conf -s quit; wait $server`,
  ),
  script(
    "/usr/sbin/sshd",
    `/usr/sbin/sshd -D -f /srv/ssh/sshd_config & server=$!
until nc.openbsd -z 127.0.0.1 2222; do sleep 0.2; done
ssh -p 2222 -i /srv/ssh/user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@127.0.0.1 'id -u; cat /srv/in/edit.txt' 2>/dev/null
kill $server; wait $server || true`,
  ),
  beside("/usr/bin/curl", "curl -sSf -o /srv/out/curled http://localhost:8070/index.html"),
  beside("/usr/bin/wget", "wget -q -O /srv/out/got http://localhost:8070/index.html"),
  script("/usr/bin/ping", "ping -c 1 127.0.0.1; ping -c 1 localhost"),
  { name: "node", path: "/usr/bin/node", argv: ["/usr/bin/node", "/srv/bin/service.js"] },
  { name: "weekly", path: "/srv/bin/weekly", argv: ["/srv/bin/weekly"] },
  script(
    "/usr/sbin/dnsmasq",
    `/usr/sbin/dnsmasq --keep-in-foreground --conf-file=/dev/null --port=5353 --listen-address=127.0.0.1 --bind-interfaces --no-resolv --address=/x.test/127.0.0.7 --pid-file=/run/dnsmasq-lab.pid --user=nobody & server=$!
until [ -s /run/dnsmasq-lab.pid ]; do sleep 0.1; done
${ASK_NAME}
kill $server; wait $server`,
  ),
  script(
    "/usr/bin/nc.openbsd",
    `nc.openbsd -l 127.0.0.1 8071 > /srv/out/heard & server=$!
sleep 1; echo hello | nc.openbsd -N 127.0.0.1 8071; wait $server; cat /srv/out/heard`,
  ),
  script("/usr/bin/socat", "socat -u FILE:/srv/in/a.txt CREATE:/srv/out/socat"),
  script("/usr/bin/gzip", "cp /srv/in/a.txt /srv/out/g; gzip -f /srv/out/g; gzip -d -f /srv/out/g.gz"),
  script(
    "/usr/bin/git",
    `rm -rf /srv/git/r; export HOME=/root; cd /srv/git; git init -q r; cd r; echo x > f; git add f
git -c user.name=a -c user.email=a@b commit -q -m one; git log --oneline | wc -l; git gc -q; git status --short`,
  ),
  script(
    "/usr/bin/rsync",
    "rm -rf /srv/out/mirror; rsync -a /srv/in/ /srv/out/mirror; echo y >> /srv/out/mirror/edit.txt; rsync -a --delete /srv/in/ /srv/out/mirror",
  ),
  script(
    "/usr/bin/sqlite3",
    `rm -f /srv/out/db; sqlite3 /srv/out/db 'create table t(a); insert into t values(1); select * from t'`,
  ),
  script(
    "/usr/sbin/logrotate",
    "rm -f /srv/rotate/log* /srv/rotate/state; echo line > /srv/rotate/log; logrotate -f -s /srv/rotate/state /srv/rotate/conf; ls /srv/rotate",
  ),
  script("/usr/bin/hostname", "hostname"),
  script("/usr/bin/free", "free -m"),
  script("/usr/bin/lsblk", "lsblk"),
  script("/usr/bin/who", "who"),
];
