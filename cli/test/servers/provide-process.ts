/** Run as a process of its own: provides a server from the release given as arguments and prints the result as JSON. */
import { provideFrom } from '../../src/servers/provide.ts';
import { specWithRelease } from './fake-server.ts';

const [url, hash, home] = process.argv.slice(2) as [string, string, string];
const provided = await provideFrom(specWithRelease(url, hash), { environment: { HOME: home, PATH: '/usr/bin:/bin' } });
process.stdout.write(JSON.stringify(provided));
