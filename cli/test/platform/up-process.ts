/** Run as a process of its own: a platform in the folder given, which tells its events on stdout, one JSON document a line. */
import { upPlatform } from '../../src/platform/index.ts';

const [data, home, ports] = process.argv.slice(2) as [string, string, string];
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
const tell = (event: unknown): void => void process.stdout.write(`${JSON.stringify(event)}\n`);

const platform = await upPlatform({
  data,
  ports: JSON.parse(ports) as Record<string, number>,
  fleet: { gateways: 1 },
  signal: stop.signal,
  environment: { ...process.env, XDG_CONFIG_HOME: home },
  onProgress: tell,
});
tell({ type: 'up', urls: platform.facts.urls, pids: Object.fromEntries(platform.pids) });
await platform.stopped;
tell({ type: 'stopped' });
