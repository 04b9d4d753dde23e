# Read in by the commands beside it: runs the one whose file is `self`.
# libvirt's helper calls with PATH=/sbin:/usr/sbin, others with none: neither holds Node.
command -v node > /dev/null || PATH=${PATH:+$PATH:}/usr/local/bin:/usr/bin:/bin
# Node would read all the certificates it names before anything else, 35 ms; we open no connections. What aa-exec runs may want it.
[ "${self##*/}" = aa-exec ] || unset NODE_EXTRA_CA_CERTS
exec node "${self%/*}/run.cjs" "${self##*/}" "$@"
