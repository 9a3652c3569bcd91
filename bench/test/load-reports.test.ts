import { expect, test } from 'vitest';
import { parseAutocannonReport } from '../src/load/autocannon.ts';
import { parseWrkReport } from '../src/load/wrk.ts';

/** As wrk 4.1.0 prints it. */
const WRK_REPORT = `Running 1s test @ http://127.0.0.1:18555/
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.78ms    4.87ms  38.74ms   92.91%
    Req/Sec    22.86k     8.03k   38.87k    80.00%
  Latency Distribution
     50%  226.00us
     75%  641.00us
     90%    3.63ms
     99%   26.65ms
  22906 requests in 1.01s, 2.77MB read
Requests/sec:  22689.20
Transfer/sec:      2.75MB
`;

test('a report of wrk is read in milliseconds, whatever unit wrk chose', () => {
  expect(parseWrkReport(WRK_REPORT)).toEqual({ requestsPerSecond: 22_689.2, p50Ms: 0.226, p99Ms: 26.65, failures: 0 });
  expect(parseWrkReport(WRK_REPORT.replace('26.65ms', '1.50s')).p99Ms).toBe(1_500);
});

test('unwanted statuses and broken connections of a wrk run are counted together', () => {
  const socketErrors =
    '  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 100\nRequests/sec:';
  expect(parseWrkReport(WRK_REPORT.replace('Requests/sec:', socketErrors)).failures).toBe(110);
});

test('a report of wrk without its figures is refused with what it says', () => {
  expect(() => parseWrkReport('unable to connect')).toThrow('wrk reports no requests/s:\nunable to connect');
  expect(() => parseWrkReport('Requests/sec: 1.00')).toThrow('wrk reports no latency at 50%:\nRequests/sec: 1.00');
  expect(() => parseWrkReport(WRK_REPORT.replace('26.65ms', '26.65fn'))).toThrow(
    'wrk reports the latency "26.65fn" at 99%',
  );
});

/** The figures of what autocannon 9 prints with --json. */
const AUTOCANNON_REPORT = {
  url: 'http://127.0.0.1:18555/',
  connections: 8,
  errors: 0,
  timeouts: 0,
  non2xx: 0,
  latency: { average: 0.08, p50: 0, p97_5: 0, p99: 2 },
  requests: { average: 22_856, total: 45_712 },
};

test('a report of autocannon is read', () => {
  expect(parseAutocannonReport(JSON.stringify(AUTOCANNON_REPORT))).toEqual({
    requestsPerSecond: 22_856,
    p50Ms: 0,
    p99Ms: 2,
    failures: 0,
  });
});

test('unwanted statuses and broken connections of an autocannon run are counted together', () => {
  expect(parseAutocannonReport(JSON.stringify({ ...AUTOCANNON_REPORT, errors: 3, non2xx: 4 })).failures).toBe(7);
});

test('what autocannon does not report is not made up', () => {
  expect(() => parseAutocannonReport(JSON.stringify({ ...AUTOCANNON_REPORT, latency: { p50: 1 } }))).toThrow('p99');
});
