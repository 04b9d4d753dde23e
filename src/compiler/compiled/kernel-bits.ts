/**
 * The bits of a permission as the kernel holds them inside and as a table of permissions says them (kernel-abi 7.1). The low 16 are
 * the same for all classes; what lies above means something else in every class.
 *
 *     bit          30 change_profile   29 onexec   27 continue   18 link   16 map   15 lock
 *     files        13 chown 12 chmod 9 getattr 8 setattr 6 open 5 delete 4 create 3 append 2 read 1 write 0 execute
 *     sockets      25 getopt 24 setopt 22 listen 21 bind 20 accept 9 getattr 8 setattr 6 connect 5 shutdown 4 create
 *                  2 receive 1 send
 *     queues       9 getattr 8 setattr 6 open 5 delete 4 create 2 read 1 write
 *
 * `lock` is also "the target must allow as much" in the second entry of a link pair, and means nothing outside files.
 */
export const MAY_EXECUTE = 0x1;
export const MAY_WRITE = 0x2;
export const MAY_READ = 0x4;
export const MAY_APPEND = 0x8;
export const MAY_CREATE = 0x10;
export const MAY_DELETE = 0x20;
export const MAY_GETATTR = 0x200;
export const MAY_LOCK = 0x8000;
export const MAY_MAP = 0x10000;
export const MAY_LINK = 0x40000;
/** More of the input decides. */
export const MAY_CONTINUE = 0x08000000;
export const MAY_ONEXEC = 0x20000000;
export const MAY_CHANGE_PROFILE = 0x40000000;

/** The letters of accesses to files. */
export const fileLetterBits = {
  x: MAY_EXECUTE,
  w: MAY_WRITE,
  r: MAY_READ,
  a: MAY_APPEND,
  c: MAY_CREATE,
  d: MAY_DELETE,
  k: MAY_LOCK,
  m: MAY_MAP,
  l: MAY_LINK,
} as const;

/** What `r` opens: getattr and open beside read. */
export const OPEN_FOR_READ = MAY_GETATTR | 0x40;
/** What `w` brings: create, delete, open, setattr, chmod and chown beside write. */
export const ALL_OF_WRITE = 0x3170;

/** The bits of the classes that have few, by the names of the language; inside and packed they are the same. */
export const ptraceBits = { trace: 0x2, read: 0x4, tracedby: 0x8, readby: 0x10 } as const;
export const signalBits = { send: 0x2, receive: 0x4 } as const;
export const dbusBits = { send: 0x2, receive: 0x4, eavesdrop: 0x20, bind: 0x40 } as const;
export const usernsBits = { create: 0x8 } as const;
export const ioUringBits = { override_creds: 0x8, sqpoll: 0x10 } as const;
export const mountBits = { pivot_root: 0x1, mount: 0x2, umount: 0x4, data: 0x40 } as const;
