# Read in by the commands beside it: finds Node and runs the one whose file is `armorer_self`. The commands run as root, called by who
# knows whom: Node is never searched for in the working directory nor where others may write, and hears of no variable that makes it
# read or run what the caller names. Names here begin with `armorer_`, so that none of the caller's variables is overwritten.

# Says why nothing is run. 127 is what a shell gives for a command that is not there; no command of ours gives it otherwise.
armorer_refuse() {
  echo "${armorer_self##*/}: $1" >&2
  exit 127
}

# The first of these that is there. PATH decides about no tool.
armorer_locate() {
  for armorer_tool in "/usr/bin/$1" "/bin/$1" "/run/current-system/sw/bin/$1"; do
    [ -x "$armorer_tool" ] && return
  done
  return 1
}

# Whether only root and the caller (for root: only root) decide what is at this absolute path: its owner and that of every directory
# above it, and who may write there.
armorer_trusts() {
  case $1 in *'
'*) return 1 ;; esac
  armorer_at=${1%/*}
  armorer_wanted=2
  set -- / "$1"
  while [ -n "$armorer_at" ]; do
    set -- "$@" "$armorer_at"
    armorer_at=${armorer_at%/*}
    armorer_wanted=$((armorer_wanted + 1))
  done
  armorer_locate ls && armorer_lines=$("$armorer_tool" -Lldn -- "$@" 2> /dev/null) || return 1
  IFS='
'
  for armorer_line in $armorer_lines; do
    IFS=' '
    set -- $armorer_line
    [ "$3" = 0 ] || [ "$3" = "$armorer_user" ] || return 1
    case $1 in
      ????????w*) return 1 ;;
      # Whoever is not root may share with his own group.
      ?????w*) [ "$armorer_user" != 0 ] || return 1 ;;
    esac
    armorer_wanted=$((armorer_wanted - 1))
  done
  [ "$armorer_wanted" = 0 ]
}

# Takes the Node of a directory that PATH names. What is run is the file itself, so that no link on the way can be changed behind the
# check; but for the links of version managers, which look at the name they are called by.
armorer_take() {
  armorer_locate id && armorer_user=$("$armorer_tool" -u) || return 1
  armorer_locate readlink && armorer_file=$("$armorer_tool" -f -- "$1") || return 1
  if ! armorer_trusts "$1" || ! armorer_trusts "$armorer_file"; then
    armorer_passed="$armorer_passed; $1 was passed over, for others may change it"
    return 1
  fi
  case ${armorer_file##*/} in
    node*) armorer_node=$armorer_file ;;
    *) armorer_node=$1 ;;
  esac
}

armorer_find_node() {
  IFS=:
  # libvirt's helper calls with PATH=/sbin:/usr/sbin, others with none: neither holds Node.
  for armorer_directory in $PATH /usr/local/bin /usr/bin /bin; do
    case $armorer_directory in
      /*) ;;
      *) continue ;;
    esac
    armorer_candidate=${armorer_directory%/}/node
    [ -f "$armorer_candidate" ] && [ -x "$armorer_candidate" ] || continue
    case $armorer_directory in
      # Where the system itself takes its programs from.
      /usr/local/bin | /usr/bin | /bin | /usr/local/sbin | /usr/sbin | /sbin) armorer_node=$armorer_candidate ;;
      *) armorer_take "$armorer_candidate" ;;
    esac && return
    IFS=:
  done
  return 1
}

# Programs ask for the version far more often than they have policy compiled (a container manager at every start, some at every
# container), and Node takes 60 ms to start. So that one question is answered here, unless the configuration might say otherwise.
armorer_version() {
  if [ -e /etc/apparmor/parser.conf ]; then
    [ -f /etc/apparmor/parser.conf ] || return
    while read -r armorer_line || [ -n "$armorer_line" ]; do
      case $armorer_line in
        '' | '#'*) ;;
        policy-features=*) [ -r "${armorer_line#*=}" ] || return ;;
        *) return ;;
      esac
    done < /etc/apparmor/parser.conf
  fi
  echo 'AppArmor parser version 5.0.2'
  echo "armorer: an independent parser and compiler, compatible with this command"
  echo 'Licensed under the Apache License, Version 2.0'
  exit 0
}

# What changes how Node starts, loads or writes (`node --help` and its manual), how its OpenSSL and its Unicode library do, and how
# programs are linked when they start. NODE_EXTRA_CA_CERTS alone costs 35 ms: Node reads all of them before anything else.
armorer_names='NODE_CHANNEL_FD NODE_CHANNEL_SERIALIZATION_MODE NODE_CLUSTER_SCHED_POLICY NODE_COMPILE_CACHE NODE_COMPILE_CACHE_PORTABLE
NODE_DEBUG NODE_DEBUG_NATIVE NODE_DISABLE_COLORS NODE_DISABLE_COMPILE_CACHE NODE_EXTRA_CA_CERTS NODE_ICU_DATA
NODE_INSPECT_RESUME_ON_START NODE_NO_READLINE NODE_NO_WARNINGS NODE_OPTIONS NODE_PATH NODE_PENDING_DEPRECATION
NODE_PENDING_PIPE_INSTANCES NODE_PRESERVE_SYMLINKS NODE_PRESERVE_SYMLINKS_MAIN NODE_REDIRECT_WARNINGS NODE_REPL_EXTERNAL_MODULE
NODE_REPL_HISTORY NODE_REPL_HISTORY_SIZE NODE_REPL_MODE NODE_SKIP_PLATFORM_CHECK NODE_TEST_CONTEXT NODE_TLS_REJECT_UNAUTHORIZED
NODE_UNIQUE_ID NODE_USE_ENV_PROXY NODE_USE_SYSTEM_CA NODE_USE_V8_PLATFORM NODE_V8_COVERAGE
UV_THREADPOOL_SIZE UV_USE_IO_URING OPENSSL_CONF OPENSSL_CONF_INCLUDE OPENSSL_ENGINES OPENSSL_MODULES SSL_CERT_DIR SSL_CERT_FILE
ICU_DATA ICU_TIMEZONE_FILES_DIR GCONV_PATH GLIBC_TUNABLES LOCPATH NLSPATH LD_ASSUME_KERNEL LD_AUDIT LD_BIND_NOT LD_DEBUG
LD_DEBUG_OUTPUT LD_LIBRARY_PATH LD_ORIGIN_PATH LD_PRELOAD LD_PROFILE LD_PROFILE_OUTPUT LD_SHOW_AUXV'

# Node reserves far more addresses than it uses, 730 MB to begin with, and where it may not it ends in words of its own.
# COST: what `ulimit` says goes through the here-document, which is a pipe or a file of the shell's own: a subshell that hears it costs 2 ms.
# The first line is the document's. Where there is no /proc, a subshell it is; a shell without -v says nothing.
armorer_check_addresses() {
  { ulimit -v >> /proc/self/fd/9 && read -r armorer_soft <&9 && read -r armorer_soft <&9; } 2> /dev/null 9<<'END' ||

END
    armorer_soft=$(ulimit -v 2> /dev/null) || return 0
  case $armorer_soft in
    # In units of 1,024 bytes; from seven digits on it is enough.
    *[!0-9]* | '' | ???????*) ;;
    *) [ "$armorer_soft" -ge 976563 ] ||
      armorer_refuse "the limit on address space (ulimit -v) is $((armorer_soft * 1024 / 1000000)) MB, and Node.js needs 1000 MB" ;;
  esac
}

armorer_clean() {
  IFS='
 '
  case ${armorer_self##*/} in
    # The programs that these run get the caller's variables back (src/cli/caller-environment.ts).
    aa-exec | aa-sandbox | armorer)
      for armorer_name in $armorer_names; do
        eval "[ -z \"\${$armorer_name+set}\" ] || export ARMORER_KEPT_$armorer_name=\"\$$armorer_name\""
      done
      ;;
  esac
  unset $armorer_names
}

armorer_passed=
set -f
armorer_find_node ||
  armorer_refuse "Node.js is needed, and is neither in an absolute directory of PATH nor in /usr/local/bin or /usr/bin$armorer_passed"
unset IFS
# Where the rest is missing, all commands say so, whatever they are asked.
[ "$#" -ne 1 ] || [ "${armorer_self##*/}" != apparmor_parser ] || [ ! -f "${armorer_self%/*}/../dist/start.cjs" ] ||
  case $1 in --version | -V) armorer_version ;; esac
armorer_check_addresses
armorer_clean
unset IFS
# COST: four threads that help V8, as many as Node starts by itself, take 2 ms of a short command and 5 of its wall time; a long one has
# enough in one.
exec "$armorer_node" --v8-pool-size=1 "${armorer_self%/*}/run.cjs" "${armorer_self##*/}" "$@"
