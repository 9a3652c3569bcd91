import { QUEUE_DELAY_SECONDS } from '@sovfn/protocol/batch';
import { DELAY } from '../../bridge/delay.ts';
import { dictionary } from '../core/webidl.guest.ts';

/** Of the options of a `retry`. */
export function delayOf(options: unknown, what: string): number {
  const { delaySeconds } = dictionary(options, `${what}: options`);
  if (delaySeconds === undefined || delaySeconds === null) return DELAY.configured;
  if (typeof delaySeconds !== 'number' || !Number.isInteger(delaySeconds)) {
    throw new TypeError(`${what}: delaySeconds must be a whole number`);
  }
  if (delaySeconds >= 0 && delaySeconds <= QUEUE_DELAY_SECONDS) return delaySeconds;
  throw new RangeError(`${what}: delaySeconds is ${delaySeconds}; it must be 0 to ${QUEUE_DELAY_SECONDS} (30 days)`);
}
