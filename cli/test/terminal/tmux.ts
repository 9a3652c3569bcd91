/**
 * A terminal that a test types into, and whose screen it reads: tmux with a socket of its own, one window for each shell.
 * Nothing of the machine's own shell or tmux configuration is read.
 */
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const HAS_TMUX = spawnSync('tmux', ['-V']).status === 0;

/** Wide enough that no line of what is looked for is broken. */
const COLUMNS = '200';
const ROWS = '50';
/** From one look at the screen to the next. Milliseconds. */
const LOOK_MS = 100;
/** Longer than anything takes that is typed here, on a machine that has much else to do. Milliseconds. */
const PATIENCE_MS = 60_000;
/** The shell shows how the last command ended. */
const PROMPT = '[$?] $ ';

export interface Terminal extends AsyncDisposable {
  /** Another window, with a shell in `cwd` that waits for a command. */
  open(cwd: string): Promise<Window>;
}

export interface Window {
  /** Types the text and presses Enter. */
  enter(text: string): Promise<void>;
  /** Presses one key, by tmux's name of it. */
  press(key: string): Promise<void>;
  /** Resolves when the text stands on the screen below the last line that was entered. Throws with the screen when it does not come. */
  until(text: string | RegExp): Promise<string>;
  /** Enters a command, and resolves with what it wrote when the shell asks for the next one. Throws unless its exit code is `code`. */
  sovfn(line: string, code?: number): Promise<string>;
  /** Resolves when the command that runs has ended with the exit code. */
  ended(code: number): Promise<string>;
}

export async function openTerminal(folder: string, env: NodeJS.ProcessEnv): Promise<Terminal> {
  const socket = join(folder, 'tmux.sock');
  const tmux = async (...words: readonly string[]): Promise<string> => {
    const { stdout } = await run('tmux', ['-S', socket, '-f', '/dev/null', ...words], { env });
    return stdout.trimEnd();
  };
  const size = ['-x', COLUMNS, '-y', ROWS];
  await tmux('new-session', '-d', ...size, '-c', folder, 'sh');
  return {
    open: async (cwd) => {
      const pane = await tmux('new-window', '-d', '-P', '-F', '#{pane_id}', '-c', cwd, 'sh');
      const window = new TmuxWindow(pane, tmux);
      await window.enter(`PS1='${PROMPT}'`);
      await window.ended(0);
      return window;
    },
    [Symbol.asyncDispose]: async () => void (await tmux('kill-server')),
  };
}

class TmuxWindow implements Window {
  readonly #pane: string;
  readonly #tmux: (...words: readonly string[]) => Promise<string>;

  constructor(pane: string, tmux: (...words: readonly string[]) => Promise<string>) {
    this.#pane = pane;
    this.#tmux = tmux;
  }

  async enter(text: string): Promise<void> {
    await this.#tmux('send-keys', '-R', '-t', this.#pane);
    await this.#tmux('clear-history', '-t', this.#pane);
    await this.#tmux('send-keys', '-t', this.#pane, '-l', text);
    await this.press('Enter');
  }

  async press(key: string): Promise<void> {
    await this.#tmux('send-keys', '-t', this.#pane, key);
  }

  async until(text: string | RegExp): Promise<string> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      const screen = await this.#screen();
      if (typeof text === 'string' ? screen.includes(text) : text.test(screen)) return screen;
      if (performance.now() > giveUpAt) throw new Error(`"${String(text)}" has not come on the screen:\n${screen}`);
      await delay(LOOK_MS);
    }
  }

  async sovfn(line: string, code = 0): Promise<string> {
    await this.enter(`sovfn ${line}`);
    return this.ended(code);
  }

  async ended(code: number): Promise<string> {
    const screen = await this.until(/\[\d+\] \$$/);
    if (!screen.endsWith(`[${code}] $`)) throw new Error(`the exit code is not ${code}:\n${screen}`);
    return screen;
  }

  /** With what was scrolled off it; without the lines that a command of this width was broken into. */
  #screen(): Promise<string> {
    return this.#tmux('capture-pane', '-p', '-J', '-S', '-', '-t', this.#pane);
  }
}
