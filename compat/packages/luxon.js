import { DateTime, Duration, Interval } from 'luxon';
import { checking, is } from '../src/claims.ts';

export const claims = {
  'computes across a change of the clocks in Paris': () =>
    is(
      DateTime.fromISO('2026-03-29T01:30', { zone: 'Europe/Paris' }).plus({ hours: 1 }).toISO(),
      '2026-03-29T03:30:00.000+02:00',
    ),
  'formats in French': () =>
    is(DateTime.fromISO('2026-02-03').setLocale('fr').toFormat('cccc d LLLL yyyy'), 'mardi 3 février 2026'),
  'has durations and intervals': () =>
    is(
      [
        Duration.fromObject({ hours: 1.5 }).shiftTo('minutes').toObject(),
        Interval.fromDateTimes(DateTime.utc(2026, 1, 1), DateTime.utc(2026, 1, 3)).length('days'),
      ],
      [{ minutes: 90 }, 2],
    ),
};

const handler = checking(claims);
export { handler as default };
