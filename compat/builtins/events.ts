import EventEmitter, { errorMonitor, getEventListeners, on, once } from 'node:events';
import { sampling, type Samples } from '../src/samples.ts';

export const samples: Samples = {
  'listeners in order, with prepend and once': () => {
    const seen: string[] = [];
    const emitter = new EventEmitter();
    emitter.on('a', (value: string) => seen.push(`on ${value}`));
    emitter.prependListener('a', () => seen.push('first'));
    emitter.once('a', () => seen.push('once'));
    emitter.emit('a', 'x');
    emitter.emit('a', 'y');
    return [seen, emitter.listenerCount('a'), emitter.eventNames(), getEventListeners(emitter, 'a').length];
  },
  'once() as a promise': async () => {
    const emitter = new EventEmitter();
    queueMicrotask(() => emitter.emit('ready', 1, 2));
    return once(emitter, 'ready');
  },
  'once() rejects with an error event': async () => {
    const emitter = new EventEmitter();
    queueMicrotask(() => emitter.emit('error', new RangeError('x')));
    return once(emitter, 'ready');
  },
  'once() and an aborted signal': () => once(new EventEmitter(), 'x', { signal: AbortSignal.abort() }),
  'events as an iteration': async () => {
    const emitter = new EventEmitter();
    queueMicrotask(() => [1, 2].forEach((n) => emitter.emit('n', n)));
    const seen: unknown[] = [];
    for await (const [n] of on(emitter, 'n')) if (seen.push(n) === 2) break;
    return [seen, emitter.listenerCount('n')];
  },
  'an error that nobody listens to is thrown, and the monitor sees it': () => {
    const emitter = new EventEmitter();
    const seen: string[] = [];
    emitter.on(errorMonitor, (error: Error) => seen.push(error.message));
    try {
      emitter.emit('error', new Error('lost'));
    } catch (error) {
      return [seen, (error as Error).message];
    }
    return seen;
  },
};

const handler = sampling(samples);
export { handler as default };
