import { GuestIsolate } from './isolate/guest-isolate.ts';
import { lockProcess } from './lock/lock.ts';
import { runCell } from './run-cell.ts';
import { EntryWatch } from './watch.ts';

runCell({
  makeGuest: (prelude, memoryMb) => new GuestIsolate(prelude, memoryMb),
  watch: new EntryWatch(),
  lock: lockProcess,
});
