import type { Errno } from "./files.ts";

/** A process and how it is confined; what could not be read is `undefined`. */
export interface ProcessConfinement {
  readonly pid: number;
  /** The label without its mode, for example `unconfined` or `/usr/bin/x//&:ns:y`. */
  readonly label: string;
  /** `enforce`, `complain`, `mixed`, …; `undefined` for plain `unconfined`. */
  readonly mode: string | undefined;
  readonly executable: string | undefined;
  /** The name the kernel shows (`comm`). */
  readonly command: string | undefined;
}

/** Which sockets of the internet families, and of packets: those that wait for others, those that are connected, or both. */
export type SocketUse = "server" | "client" | "network";

/** Processes that hold sockets. */
export interface SocketHolders {
  readonly pids: ReadonlySet<number>;
  /** How many processes there are whose descriptors may not be seen. */
  readonly hidden: number;
  /** Tables of sockets that are there and cannot be read. */
  readonly unread: readonly string[];
}

/** The processes that can be seen. */
export interface ProcessesPort {
  /** Sorted by process id; a process whose label may not be read is left out and counted in `hidden`. */
  readonly confinement: () => {
    readonly processes: readonly ProcessConfinement[];
    readonly hidden: number;
    /** Why there is no list of processes at all. */
    readonly unlisted?: Errno;
  };
}

/** What more there is to see of them. */
export interface ProcessDetailsPort {
  /** The words a process was started with; none where they cannot be read, or it is gone. */
  readonly commandLine: (pid: number) => readonly string[];
  /** In the network namespace of whoever asks. */
  readonly socketHolders: (use: SocketUse) => SocketHolders;
}
