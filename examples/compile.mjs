// To the bytes that a kernel loads: a stream for each profile with its children.
import { compile, fullNames } from "armorer";

const compiled = await compile(`
include <tunables/global>

profile demo /usr/bin/demo {
  include <abstractions/base>
  owner @{HOME}/.demo/** rw,

  profile helper {
    /usr/bin/helper ix,
  }
}
`);

for (const { outline, bytes } of compiled.units) console.log(fullNames(outline).join(" "), bytes.length > 1000);
console.log(compiled.files);

/* Prints:
demo demo//helper true
[
  'profile',
  '/etc/apparmor.d/tunables/global',
  '/etc/apparmor.d/tunables/kernel',
  '/etc/apparmor.d/tunables/processes',
  '/etc/apparmor.d/tunables/multiarch',
  '/etc/apparmor.d/tunables/home',
  '/etc/apparmor.d/tunables/xdg-user-dirs',
  '/etc/apparmor.d/abstractions/base'
]
*/
