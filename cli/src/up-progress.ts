/** What `sovfn up` tells while it starts and runs: one line for each thing worth knowing. */
import { formatBytes } from './format.ts';
import type { Say } from './language.ts';
import type { Output } from './output.ts';
import type { UpProgress } from './platform/index.ts';
import { printable } from './printable.ts';

type Download = Extract<UpProgress, { type: 'downloading' }>;
type Build = Extract<UpProgress, { type: 'building' }>;
type PartNews = Extract<UpProgress, { type: 'part' }>;

/** A long step says something at least this often while it moves. Milliseconds. */
const REPEAT_MS = 3_000;

/** Returns the listener for `upPlatform`. */
export function makeUpProgress({ output, say, locale }: { output: Output; say: Say; locale: string }) {
  const { dim, yellow, green } = output.paintProgress;
  const isDue = makeThrottle();
  return (event: UpProgress): void => {
    const line = renderEvent(event);
    if (line !== null) output.progress(line);
  };

  function renderEvent(event: UpProgress): string | null {
    switch (event.type) {
      case 'tried':
        return event.step === 'release' || event.step === 'build'
          ? dim(printable(`${event.server}: ${event.result}`))
          : null;
      case 'waiting':
        return say('up.waiting', { server: event.server, pid: event.ownerPid });
      case 'downloading':
        return isDue(event.server) ? renderDownload(event) : null;
      case 'building':
        return isDue(event.server) ? renderBuild(event) : null;
      case 'ready':
        return dim(`${event.server}: ${event.path}`);
      case 'orphan-ended':
        return yellow(say('up.orphan', { part: event.part, pid: event.pid }));
      case 'port-moved':
        return yellow(say('up.port-moved', { port: event.name, from: event.from, to: event.to }));
      case 'part':
        return renderPart(event);
    }
  }

  function renderDownload({ server, bytes, total }: Download): string {
    const size = formatBytes(bytes, locale);
    return total === null
      ? say('up.downloading', { server, size })
      : say('up.downloading-of', { server, size, total: formatBytes(total, locale) });
  }

  function renderBuild({ server, packages }: Build): string {
    return say('up.building', { server, packages });
  }

  function renderPart({ part, state, detail }: PartNews): string | null {
    if (state === 'ready') return `${green('✔')} ${say('up.part-ready', { part })}`;
    if (state === 'died') return yellow(say('up.part-died', { part, detail: printable(detail ?? '') }));
    if (state === 'restarting') return yellow(say('up.part-restarting', { part, detail: printable(detail ?? '') }));
    return state === 'stopped' ? dim(say('up.part-stopped', { part })) : null;
  }
}

function makeThrottle(): (topic: string) => boolean {
  const lastAt = new Map<string, number>();
  return (topic) => {
    const now = performance.now();
    if (now - (lastAt.get(topic) ?? -REPEAT_MS) < REPEAT_MS) return false;
    lastAt.set(topic, now);
    return true;
  };
}
