# Read in by the commands beside it: runs the one whose file is `self`. What it sets must not reach the programs that aa-exec runs.
# Node reads all certificates that variable names before anything else, 35 ms; the others open no connections.
[ "${self##*/}" = aa-exec ] || unset NODE_EXTRA_CA_CERTS
node=node
# libvirt's helper calls with PATH=/sbin:/usr/sbin, others with none: neither holds Node.
command -v node > /dev/null || node=$(PATH=${PATH:+$PATH:}/usr/local/bin:/usr/bin:/bin && command -v node)
exec "${node:-node}" "${self%/*}/run.cjs" "${self##*/}" "$@"
