# top comment
abi <abi/4.0>,
include <tunables/global>
@{exec} = /usr/bin/foo /usr/bin/bar # trailing
@{long} = /aaaaaaaaaaaaaaaaaaaaaaaaaa \
    /bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb \
    /ccccccccccccccccccccccc \
    /d

# belongs to the profile
profile foo /usr/bin/foo flags=(complain, attach_disconnected) {
  # first
  #include <abstractions/base>

  capability net_admin sys_admin, # why
  /etc/foo r,
  owner @{HOME}/.foo rw,
  dbus (send, receive)
      bus=system
      path=/org/freedesktop/NetworkManager
      interface=org.freedesktop.DBus.Properties
      member=Get
      peer=(name=org.freedesktop.NetworkManager, label=unconfined),
  audit # c1
      deny # c2
      /x w,
  signal (send) set=(hup, int) peer=foo,

  profile child {
    /a r,
  }

  ^hat { # h
    /b r,
  }

  # before if
  if $x and (not $y or @{a} == b) {
    /a r,
  } # c
  else if $z { } else {
    /b r,
  }
  set rlimit nofile <= 10K,
  deny {
    /q r,
  }
  change_profile -> foo,
  mount options=(rw, bind) /a->/b,

  # last
}

profile bar { }

# end
#include if exists <local/x>
