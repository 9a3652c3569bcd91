/**
 * What the command line writes: results on stdout, progress on stderr, nothing else anywhere. A reader that goes away
 * (`sovfn logs … | head`) is not an error: what is still to be written is dropped.
 *
 * Text from functions and from the network passes `printable` before it reaches a terminal.
 */
import type { Writable } from 'node:stream';
import { makePaint, type Paint } from './paint.ts';

export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
  /** Characters of a line, of a terminal. */
  readonly columns?: number;
}

export class Output {
  readonly #stdout: OutputStream;
  readonly #stderr: OutputStream;
  /** Colours for stdout, and for stderr: one may be a terminal while the other is a file. */
  readonly paint: Paint;
  readonly paintProgress: Paint;
  readonly isTerminal: boolean;

  constructor(streams: { stdout: OutputStream; stderr: OutputStream }, env: NodeJS.ProcessEnv) {
    this.#stdout = streams.stdout;
    this.#stderr = streams.stderr;
    this.isTerminal = streams.stdout.isTTY === true;
    this.paint = makePaint(this.isTerminal, env);
    this.paintProgress = makePaint(streams.stderr.isTTY === true, env);
  }

  /** Characters in which a line of the result fits; null: it is no terminal, and lines may be as long as they are. */
  get width(): number | null {
    return this.isTerminal ? (this.#stdout.columns ?? null) : null;
  }

  /** The same of progress. */
  get progressWidth(): number | null {
    return this.#stderr.isTTY === true ? (this.#stderr.columns ?? null) : null;
  }

  /** A line of the result. */
  result(line: string): void {
    this.#stdout.write(`${line}\n`);
  }

  /** The whole result as JSON, for `--json`. */
  json(value: unknown): void {
    this.#stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** One of many results as JSON on one line, for a command that does not end by itself. */
  jsonLine(value: unknown): void {
    this.#stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** A line that tells what is going on. */
  progress(line: string): void {
    this.#stderr.write(`${line}\n`);
  }

  /** Bytes of the result as they are. Resolves when there is room for more. */
  bytes(chunk: Uint8Array): Promise<void> {
    this.#stdout.write(chunk);
    return this.drained();
  }

  /** Resolves when the reader of stdout has taken enough for more to be written, or has gone away. */
  async drained(): Promise<void> {
    if (this.#stdout.destroyed || !this.#stdout.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const settle = () => {
        this.#stdout.off('drain', settle).off('close', settle).off('error', settle);
        resolve();
      };
      this.#stdout.on('drain', settle).on('close', settle).on('error', settle);
    });
  }
}
