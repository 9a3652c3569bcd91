import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type WireHandler, WireParser } from './parser.ts';

const SENT = Buffer.from(
  'INFO {"nonce":"é"}\r\n' +
    'PING\r\nPONG\r\n+OK\r\n' +
    'MSG inv.fr.main.f.v 1 _R.gw-1.fr.main.1 5\r\nhello\r\n' +
    'MSG inv.fr.main.f.v 2 0\r\n\r\n' +
    'HMSG _R.gw-1.fr.main.1 3 16 16\r\nNATS/1.0 503\r\n\r\n\r\n' +
    'HMSG log.x 4 answer.to 18 21\r\nNATS/1.0\r\na: b\r\n\r\nxyz\r\n' +
    '-ERR \'Permissions Violation for Publish to "a"\'\r\n',
);

const RECEIVED = [
  'info {"nonce":"é"}',
  'ping',
  'pong',
  'message 1 inv.fr.main.f.v reply=_R.gw-1.fr.main.1 noResponders=false hello',
  'message 2 inv.fr.main.f.v reply= noResponders=false ',
  'message 3 _R.gw-1.fr.main.1 reply= noResponders=true ',
  'message 4 log.x reply=answer.to noResponders=false xyz',
  'error Permissions Violation for Publish to "a"',
];

test('operations arrive whole and in order, wherever the bytes were cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(SENT.length), { maxLength: 30 }), (cuts) => {
      const { events, parser } = record();
      let from = 0;
      for (const cut of [...cuts, SENT.length].toSorted((a, b) => a - b)) {
        if (cut > from) parser.push(SENT.subarray(from, cut));
        from = Math.max(from, cut);
      }
      expect(events).toEqual(RECEIVED);
    }),
  );
});

test('a message of several megabytes in small pieces arrives once', () => {
  const body = Buffer.alloc(3_000_000, 'x');
  const { events, parser } = record();
  parser.push(Buffer.from(`MSG a 1 ${body.length}\r\n`));
  for (let at = 0; at < body.length; at += 65_536) parser.push(body.subarray(at, at + 65_536));
  expect(events).toEqual([]);
  parser.push(Buffer.from('\r\n'));
  expect(events).toHaveLength(1);
  expect(events[0]).toHaveLength('message 1 a reply= noResponders=false '.length + body.length);
});

test.each([
  ['an operation that NATS does not have', 'QUIT\r\n', 'unknown protocol operation "QUIT"'],
  ['a size that is no number', 'MSG a 1 x\r\n', 'malformed message line "a 1 x"'],
  ['a size beyond all limits', 'MSG a 1 99999999999\r\n', 'malformed message line "a 1 99999999999"'],
  ['a line that does not end', 'INFO '.padEnd(70_000, 'x'), 'a protocol line has more than 65536 bytes'],
])('%s ends the parsing', (_what, text, reason) => {
  expect(() => record().parser.push(Buffer.from(text))).toThrow(reason);
});

function record(): { events: string[]; parser: WireParser } {
  const events: string[] = [];
  const handler: WireHandler = {
    onMessage: (sid, payload, subject, reply, noResponders) =>
      events.push(`message ${sid} ${subject} reply=${reply} noResponders=${noResponders} ${payload.toString()}`),
    onInfo: (json) => events.push(`info ${json}`),
    onPing: () => events.push('ping'),
    onPong: () => events.push('pong'),
    onError: (text) => events.push(`error ${text}`),
  };
  return { events, parser: new WireParser(handler) };
}
