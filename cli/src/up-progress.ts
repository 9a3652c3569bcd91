import { formatBytes } from './format.ts';
import type { Say } from './language.ts';
import type { Output } from './output.ts';
import type { Paint } from './paint.ts';
import type { UpProgress } from './platform/index.ts';
import { printable } from './printable.ts';

type Told<Type extends UpProgress['type']> = Extract<UpProgress, { type: Type }>;

/** A long step says something this often while it moves, and not more often. Milliseconds. */
const REPEAT_MS = 3_000;

/** What `sovfn up` tells while it starts and runs: one line on stderr for each thing worth knowing. */
export class UpProgressLines {
  readonly #output: Output;
  readonly #say: Say;
  readonly #locale: string;
  readonly #paint: Paint;
  readonly #saidAt = new Map<string, number>();

  constructor({ output, say, locale }: { output: Output; say: Say; locale: string }) {
    this.#output = output;
    this.#say = say;
    this.#locale = locale;
    this.#paint = output.paintProgress;
  }

  show(event: UpProgress): void {
    const line = this.#render(event);
    if (line !== null) this.#output.progress(line);
  }

  #render(event: UpProgress): string | null {
    switch (event.type) {
      case 'part':
        return this.#renderPart(event);
      case 'tried':
        return this.#renderTried(event);
      case 'downloading':
        return this.#isDue(event.server) ? this.#renderDownload(event) : null;
      case 'building':
        return this.#isDue(event.server) ? this.#say('up.building', event) : null;
      case 'waiting':
        return this.#say('up.waiting', { server: event.server, pid: event.ownerPid });
      case 'ready':
        return this.#paint.dim(`${event.server}: ${event.path}`);
      case 'orphan-ended':
        return this.#paint.yellow(this.#say('up.orphan', event));
      case 'listening-for-nodes':
        return `${this.#paint.green('✔')} ${this.#say('up.listening-for-nodes', event)}`;
      case 'link-failed':
        return this.#paint.yellow(printable(this.#say('up.link-failed', event)));
      case 'port-moved':
        return this.#paint.yellow(this.#say('up.port-moved', { port: event.name, from: event.from, to: event.to }));
    }
  }

  #renderPart({ part, state, detail }: Told<'part'>): string | null {
    const { green, yellow, dim } = this.#paint;
    const reason = printable(detail ?? '');
    if (state === 'ready') return `${green('✔')} ${this.#say('up.part-ready', { part })}`;
    if (state === 'died') return yellow(this.#say('up.part-died', { part, detail: reason }));
    if (state === 'restarting') return yellow(this.#say('up.part-restarting', { part, detail: reason }));
    return state === 'stopped' ? dim(this.#say('up.part-stopped', { part })) : null;
  }

  /** Looking is quick and its result shows in `ready`; what takes minutes is announced. */
  #renderTried({ server, step, result }: Told<'tried'>): string | null {
    const isLong = step === 'release' || step === 'build';
    return isLong ? this.#paint.dim(printable(`${server}: ${result}`)) : null;
  }

  #renderDownload({ server, bytes, total }: Told<'downloading'>): string {
    const size = formatBytes(bytes, this.#locale);
    if (total === null) return this.#say('up.downloading', { server, size });
    return this.#say('up.downloading-of', { server, size, total: formatBytes(total, this.#locale) });
  }

  #isDue(topic: string): boolean {
    const now = performance.now();
    const isDue = now - (this.#saidAt.get(topic) ?? -REPEAT_MS) >= REPEAT_MS;
    if (isDue) this.#saidAt.set(topic, now);
    return isDue;
  }
}
