/**
 * A cell of `sovfn dev --inspect`, whose functions a debugger can stop. NOT a cell for anybody's code but the developer's own:
 * nothing of it is locked or limited, and functions run in contexts of this process (ADR 24).
 */
import inspector from 'node:inspector';
import { LOCK_LEVEL_PROCESS } from '../../channel/lock-level.ts';
import { runCell } from '../run-cell.ts';
import { EntryWatch } from '../watch.ts';
import { InspectedGuest } from './inspected-guest.ts';

const LOOPBACK = '127.0.0.1';
/** Of two cells, the one that came first has the port until it ends. Milliseconds. */
const RETRY_MS = 200;
const ALREADY_OPEN = 'ERR_INSPECTOR_ALREADY_ACTIVATED';

openInspector(Number(process.argv[2]));
process.on('unhandledRejection', (reason) => InspectedGuest.current?.hearOrphan(reason));
runCell({
  makeGuest: ({ source, parts }, memoryMb) => new InspectedGuest({ source, parts }, memoryMb),
  watch: new EntryWatch({ isPatient: true }),
  lock: () => ({ level: LOCK_LEVEL_PROCESS, reason: 'its functions are inspected' }),
});

/** Node only says on stderr that a port is taken. */
function openInspector(port: number): void {
  try {
    inspector.open(port, LOOPBACK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === ALREADY_OPEN) return;
    throw error;
  }
  if (inspector.url() === undefined) setTimeout(() => openInspector(port), RETRY_MS).unref();
}
