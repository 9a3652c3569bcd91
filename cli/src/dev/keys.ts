/** Keys at the terminal while functions are developed. The terminal is put back at the end. */
import { spawn } from 'node:child_process';
import type { CommandContext } from '../context.ts';
import { printable } from '../printable.ts';
import type { DevSession } from './dev-session.ts';

const INTERRUPT = '\u0003';
const END_OF_INPUT = '\u0004';
/** Screen, what was scrolled off it, and the cursor. */
const CLEAR = '\u001b[2J\u001b[3J\u001b[H';
const MOST_CHOICES = 9;

interface Choice {
  readonly name: string;
  readonly schedule: string;
}

export interface KeysOptions extends Pick<CommandContext, 'stdin' | 'output' | 'say' | 'env' | 'signal'> {
  readonly session: DevSession;
  readonly quit: () => void;
}

/** Resolves never; ends with the signal. Does nothing without a terminal. */
export function listenForKeys(options: KeysOptions): Disposable {
  const { stdin } = options;
  const keys = new Keys(options);
  const onData = (data: Buffer | string): void => {
    for (const key of data.toString()) keys.press(key);
  };
  stdin.setRawMode?.(true);
  stdin.on('data', onData);
  return {
    [Symbol.dispose]: () => {
      stdin.off('data', onData).pause();
      stdin.setRawMode?.(false);
    },
  };
}

class Keys {
  readonly #options: KeysOptions;
  /** What a digit means now. */
  #choices: readonly Choice[] = [];

  constructor(options: KeysOptions) {
    this.#options = options;
  }

  press(key: string): void {
    const { quit, output } = this.#options;
    const choices = this.#choices;
    this.#choices = [];
    const chosen = choices[Number(key) - 1];
    if (chosen !== undefined) return this.#do(() => this.#run(chosen));
    switch (key) {
      case 'q':
      case INTERRUPT:
      case END_OF_INPUT:
        return quit();
      case 's':
        return this.#do(() => this.#runSchedule());
      case 'w':
        return this.#do(() => this.#resendWebhook());
      case 'o':
        return this.#do(() => this.#open());
      case 'c':
        return void output.bytes(Buffer.from(CLEAR));
      case '\r':
      case '\n':
        return output.progress('');
      default:
        return this.#help();
    }
  }

  #help(): void {
    const { session, say } = this.#options;
    this.#say(say('dev.keys'));
    this.#say(say('dev.elsewhere', { control: session.control, tokenFile: session.tokenFile }));
  }

  async #runSchedule(): Promise<void> {
    const { session, say, output } = this.#options;
    const choices = (await session.describe()).flatMap(({ name, schedules }) =>
      schedules.map((schedule) => ({ name, schedule: schedule.name })),
    );
    const [only] = choices;
    if (only === undefined) return this.#say(say('dev.no-schedule'));
    if (choices.length === 1) return this.#run(only);
    this.#choices = choices.slice(0, MOST_CHOICES);
    const rows = this.#choices.map(({ name, schedule }, index) => `  ${index + 1}  ${name} ${schedule}`);
    output.progress([say('dev.which-schedule'), ...rows].join('\n'));
  }

  async #run({ name, schedule }: Choice): Promise<void> {
    await this.#options.session.runSchedule(name, schedule);
    this.#say(this.#options.say('dev.schedule-runs', { name, schedule }));
  }

  async #resendWebhook(): Promise<void> {
    const { session, say } = this.#options;
    const sent = await session.resendWebhook();
    if (sent === null) this.#say(say('dev.no-delivery'));
    else this.#say(say('dev.delivery-sent', { name: sent.name, webhook: sent.source ?? '' }));
  }

  async #open(): Promise<void> {
    const { session, say, env } = this.#options;
    const url = (await session.describe())[0]?.url ?? session.url;
    const opener = spawn(process.platform === 'darwin' ? 'open' : 'xdg-open', [url], {
      env,
      stdio: 'ignore',
      detached: true,
    });
    opener.on('error', () => this.#say(say('dev.cannot-open', { url }))).unref();
  }

  #do(work: () => Promise<void>): void {
    const { output } = this.#options;
    work().catch((error: unknown) => {
      output.progress(output.paintProgress.red(printable(error instanceof Error ? error.message : String(error))));
    });
  }

  #say(text: string): void {
    const { output } = this.#options;
    output.progress(output.paintProgress.dim(text));
  }
}
