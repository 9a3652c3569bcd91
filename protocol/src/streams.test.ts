import { expect, test } from 'vitest';
import { deadLetterStream, FUNCTIONS_BUCKET, kvBucket, logStream, zoneOfStream } from './index.ts';

test('the name of a stream tells its zone, and those of the platform’s own streams tell none', () => {
  expect(zoneOfStream(deadLetterStream('fr-idf'))).toBe('fr-idf');
  expect(zoneOfStream(logStream('eu'))).toBe('eu');
  expect(zoneOfStream(`KV_${kvBucket('fr')}`)).toBe('fr');
  expect(zoneOfStream(`KV_${FUNCTIONS_BUCKET}`)).toBe(null);
  expect(zoneOfStream('AUDIT')).toBe(null);
  expect(zoneOfStream('EVT_')).toBe(null);
  expect(zoneOfStream('EVT_not a zone')).toBe(null);
});
