/** Lines that say that events are missing (audit-events 6). */
import type { LossNotice } from "./event.ts";

interface Sign {
  readonly pattern: RegExp;
  readonly read: (match: readonly (string | undefined)[]) => LossNotice;
}

const SIGNS: readonly Sign[] = [
  {
    pattern: /\b(kauditd_printk_skb|audit_printk_skb|__ratelimit): (\d{1,15}) (?:callbacks|messages) suppressed/,
    read: ([, name = "", count]) => ({ type: "LOSS", suppressed: Number(count), function: name }),
  },
  {
    pattern: /\baudit: audit_lost=(\d{1,15}) audit_rate_limit=(\d{1,15}) audit_backlog_limit=(\d{1,15})/,
    read: ([, lost, rate, backlog]) => ({
      type: "LOSS",
      lostTotal: Number(lost),
      rateLimit: Number(rate),
      backlogLimit: Number(backlog),
    }),
  },
  {
    pattern:
      /\baudit: (kauditd \w{1,20} queue overflow|backlog limit exceeded|rate limit exceeded|out of memory in \w{1,40}|\*NO\* daemon at audit_pid=\d{1,10})/,
    read: ([, reason = ""]) => ({ type: "LOSS", reason }),
  },
  {
    pattern: /\bSuppressed (\d{1,15}) messages from /,
    read: ([, count]) => ({ type: "LOSS", suppressed: Number(count), function: "journald" }),
  },
  {
    pattern: /\bForwarding to syslog missed (\d{1,15}) messages/,
    read: ([, count]) => ({ type: "LOSS", suppressed: Number(count), function: "journald-forwarding" }),
  },
];

/** What a line says of missing events, if it does. */
export function parseNotice(text: string): LossNotice | undefined {
  for (const { pattern, read } of SIGNS) {
    const match = pattern.exec(text);
    if (match !== null) return read(match);
  }
  return undefined;
}
