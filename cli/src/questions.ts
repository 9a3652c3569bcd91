/** Questions at the terminal, one after the other, each answered by a line. */
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline/promises';
import type { CommandContext } from './context.ts';

export class Questions implements Disposable {
  readonly #output: CommandContext['output'];
  readonly #lines: Interface;
  readonly #answers: string[] = [];
  #isClosed = false;

  constructor({ stdin, output, signal }: Pick<CommandContext, 'stdin' | 'output' | 'signal'>) {
    this.#output = output;
    this.#lines = createInterface({ input: stdin, terminal: false, signal });
    this.#lines.on('line', (line) => this.#answers.push(line)).on('close', () => (this.#isClosed = true));
  }

  /** The answer, or the default for an empty one. A closed stdin answers nothing. */
  async ask(question: string, usual: string): Promise<string> {
    this.#output.progress(question);
    while (this.#answers.length === 0 && !this.#isClosed) {
      await Promise.race([once(this.#lines, 'line'), once(this.#lines, 'close')]);
    }
    return this.#answers.shift()?.trim() || usual;
  }

  [Symbol.dispose](): void {
    this.#lines.close();
  }
}
