import { constants } from "node:os";
import { type FileRefusal, troubleText } from "../foundation/ports/index.ts";
import { displayText } from "../foundation/text/index.ts";

/** What C programs call the errors that our tools meet; clients compare these texts. */
const TEXTS: Readonly<Record<string, string>> = {
  EPERM: "Operation not permitted",
  ENOENT: "No such file or directory",
  ESRCH: "No such process",
  EIO: "Input/output error",
  E2BIG: "Argument list too long",
  ENOMEM: "Cannot allocate memory",
  EACCES: "Permission denied",
  EBUSY: "Device or resource busy",
  EEXIST: "File exists",
  ENOTDIR: "Not a directory",
  EISDIR: "Is a directory",
  EINVAL: "Invalid argument",
  EMFILE: "Too many open files",
  EFBIG: "File too large",
  ENOSPC: "No space left on device",
  ESPIPE: "Illegal seek",
  EROFS: "Read-only file system",
  ENAMETOOLONG: "File name too long",
  ELOOP: "Too many levels of symbolic links",
  EPROTO: "Protocol error",
  EBADMSG: "Bad message",
  EOVERFLOW: "Value too large for defined data type",
  EPROTONOSUPPORT: "Protocol not supported",
  EOPNOTSUPP: "Operation not supported",
  ENOBUFS: "No buffer space available",
  ETIMEDOUT: "Connection timed out",
  EFAULT: "Bad address",
  EBADF: "Bad file descriptor",
  EDQUOT: "Disk quota exceeded",
  ENFILE: "Too many open files in system",
  ENODEV: "No such device",
  ENXIO: "No such device or address",
  ENOTEMPTY: "Directory not empty",
  EPIPE: "Broken pipe",
  ESTALE: "Stale file handle",
  ETXTBSY: "Text file busy",
  EXDEV: "Invalid cross-device link",
  EAGAIN: "Resource temporarily unavailable",
  ENOSYS: "Function not implemented",
  EINTR: "Interrupted system call",
  ENOTCONN: "Transport endpoint is not connected",
  ECONNRESET: "Connection reset by peer",
  // Names that Node gives to what it refuses itself.
  ERR_FS_FILE_TOO_LARGE: "File too large",
  ERR_INVALID_ARG_VALUE: "Invalid argument",
};

/** The text of an errno name; the name itself where we know no better. */
export function errnoText(name: string): string {
  return TEXTS[name] ?? name;
}

/** Why a file was not read or written. */
export function fileRefusalText({ errno, trouble }: FileRefusal): string {
  return trouble === undefined ? errnoText(errno) : displayText(troubleText(trouble));
}

/** The number of an errno name on this system; 1 for names it does not know. */
export function errnoNumber(name: string): number {
  const numbers: Readonly<Record<string, number>> = constants.errno;
  return numbers[name] ?? 1;
}

/** Whether this system has an errno of that name. */
export function isErrno(name: string): boolean {
  return name in constants.errno;
}

/** Whether there is nothing by that name, as opposed to something that is refused. */
export function isAbsent({ errno }: FileRefusal): boolean {
  return errno === "ENOENT" || errno === "ENOTDIR";
}
