# Read in by the commands beside it: runs the one whose file is `self`.
# libvirt's helper calls with PATH=/sbin:/usr/sbin, others with none: neither holds Node.
PATH=${PATH:+$PATH:}/usr/local/bin:/usr/bin:/bin
exec node "${self%/*}/run.cjs" "${self##*/}" "$@"
