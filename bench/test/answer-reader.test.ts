import { expect, test } from 'vitest';
import { AnswerReader } from '../src/programs/answer-reader.ts';

const WITH_LENGTH = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const IN_CHUNKS = 'HTTP/1.1 503 No\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n';

test.each([WITH_LENGTH, IN_CHUNKS])('an answer has come when its last byte has, however it is cut: %j', (answer) => {
  for (let cut = 1; cut < answer.length; cut++) {
    const statuses: number[] = [];
    const reader = new AnswerReader((status) => statuses.push(status));
    reader.read(answer.slice(0, cut));
    expect(statuses).toEqual([]);
    reader.read(answer.slice(cut));
    expect(statuses).toEqual([Number(answer.slice(9, 12))]);
  }
});

test('a connection brings one answer after the other', () => {
  const statuses: number[] = [];
  const reader = new AnswerReader((status) => statuses.push(status));
  for (const answer of [WITH_LENGTH, IN_CHUNKS, WITH_LENGTH]) reader.read(answer);
  expect(statuses).toEqual([200, 503, 200]);
});
