/** Terminals in a guest, as people have them: tmux draws, and what a screen shows is read from it. The guest has the package tmux. */
import assert from "node:assert/strict";
import type { StepResult } from "../../lab/index.ts";
import type { Guest } from "./lab.ts";

/** What the guest needs for them. */
export const TERMINAL_PACKAGES = ["ncurses-base", "tmux"];

export interface Terminals {
  /** Types keys: texts, and names of keys as tmux has them (`Enter`). */
  readonly type: (name: string, ...keys: readonly string[]) => Promise<void>;
  /** Waits until a terminal has shown a text so often; what the kernel recorded meanwhile. */
  readonly shown: (name: string, text: string, times?: number) => Promise<readonly string[]>;
  /** All that a terminal has shown. */
  readonly screen: (name: string) => Promise<string>;
}

/** As often it is looked, at most, whether something is shown; a tenth of a second apart, and more on a busy machine. */
const LOOKS = 900;

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

const capture = (name: string): string => `tmux capture-pane -p -J -S - -t ${name}`;

/** Opens terminals with a shell each, whose prompt is `# `. */
export async function openTerminals(
  guest: Guest,
  names: readonly string[],
  path: readonly string[],
): Promise<Terminals> {
  const shell = async (script: string): Promise<StepResult> => {
    const argv = ["/bin/sh", "-c", script];
    const [result] = await guest.run({ kind: "run", id: script.slice(0, 60), argv, timeoutMs: 300_000 });
    assert.ok(result);
    return result;
  };
  const search = [...path, "/usr/sbin", "/usr/bin"].join(":");
  for (const name of names) {
    const command = `env PATH=${search} PS1='# ' bash --norc`;
    const opened = await shell(
      `export LC_ALL=C.UTF-8 TERM=linux; tmux new-session -d -x 100 -y 50 -s ${name} ${quoted(command)}`,
    );
    assert.equal(opened.exitCode, 0, opened.stderr);
  }
  const screen = async (name: string): Promise<string> => `${(await shell(capture(name))).stdout.trimEnd()}\n`;
  return {
    screen,
    type: async (name, ...keys) => {
      const typed = await shell(`tmux send-keys -t ${name} -- ${keys.map(quoted).join(" ")}`);
      assert.equal(typed.exitCode, 0, typed.stderr);
    },
    shown: async (name, text, times = 1) => {
      const look = `[ "$(${capture(name)} | grep -cF -e ${quoted(text)})" -ge ${times} ] && exit 0; sleep 0.1`;
      const found = await shell(`for look in $(seq ${LOOKS}); do ${look}; done; exit 1`);
      assert.equal(found.exitCode, 0, `${text} was not shown:\n${await screen(name)}`);
      return found.events;
    },
  };
}
