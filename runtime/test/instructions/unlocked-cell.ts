/** A cell without the lock, under which the kernel would refuse what Valgrind needs to report. */
import { GuestIsolate } from '../../src/cell/isolate/guest-isolate.ts';
import { runCell } from '../../src/cell/run-cell.ts';
import { EntryWatch } from '../../src/cell/watch.ts';
import { LOCK_LEVEL_PROCESS } from '../../src/channel/lock-level.ts';

runCell({
  makeGuest: (prelude, memoryMb) => new GuestIsolate(prelude, memoryMb),
  // What calls share an entry must not depend on how slow Valgrind is.
  watch: new EntryWatch({ isPatient: true }),
  lock: () => ({ level: LOCK_LEVEL_PROCESS, reason: 'its instructions are counted' }),
});
