/** Events and dead letters for people. */
import { type Attempt, type EventDetail, type EventSummary, type LetterDetail, shortVersion } from '@sovfn/protocol';
import type { CommandContext } from '../context.ts';
import { formatBytes, formatMilliseconds, formatTime } from '../format.ts';
import { printable } from '../printable.ts';
import { formatFacts, formatTable } from '../table.ts';

type Rendering = Pick<CommandContext, 'say' | 'locale' | 'output'>;
type ShownRequest = NonNullable<EventDetail['request']>;

const NOTHING = '–';

/** `webhook stripe`, or just `async`. */
export function describeOrigin({ trigger, source }: Pick<EventSummary, 'trigger' | 'source'>): string {
  return source === null ? trigger : `${trigger} ${printable(source)}`;
}

/** The status that the function answered with, or why it did not answer. */
export function describeEnd({ outcome, status }: Pick<EventSummary, 'outcome' | 'status'>): string {
  if (outcome === null) return NOTHING;
  return status === null || outcome !== 'ok' ? outcome : String(status);
}

export function renderEvent(detail: EventDetail, rendering: Rendering): string {
  const { say, locale, output: screen } = rendering;
  const { dueAt, endedAt, cause, replayOf, output, letter, request } = detail;
  const facts = [
    [say('column.event'), detail.event],
    [say('column.function'), `${detail.function} (${detail.zone})`],
    [say('column.state'), detail.state],
    [say('column.from'), describeOrigin(detail)],
    [say('column.accepted'), formatTime(detail.acceptedAt)],
    ...row(say('column.due'), dueAt === null ? null : formatTime(dueAt)),
    ...row(say('column.ended'), endedAt === null ? null : formatTime(endedAt)),
    [say('column.size'), formatBytes(detail.bytes, locale)],
    ...row(say('column.cause'), cause === null ? null : printable(cause)),
    ...row(say('column.replay-of'), replayOf),
    ...row(say('column.output'), output === null ? null : `${output.bucket}/${output.prefix}`),
    ...row(say('column.letter'), letter === null ? null : say(`letter.${letter}`)),
  ];
  const shown = request === null ? say('events.request-gone') : renderRequest(request);
  return [formatFacts(facts, screen.width), shown, ...renderAttempts(detail.attempts, rendering)].join('\n\n');
}

export function renderLetter(letter: LetterDetail, rendering: Rendering): string {
  const { say, locale, output } = rendering;
  const { lastResponse } = letter;
  const facts = [
    [say('column.event'), letter.event],
    [say('column.function'), `${letter.function} (${letter.zone})`],
    [say('column.from'), describeOrigin(letter)],
    [say('column.accepted'), formatTime(letter.acceptedAt)],
    [say('column.died'), formatTime(letter.diedAt)],
    [say('column.size'), formatBytes(letter.bytes, locale)],
    [say('column.cause'), printable(letter.cause)],
    ...row(say('column.replay-of'), letter.replayOf),
  ];
  const parts = [
    formatFacts(facts, output.width),
    renderRequest(letter.request),
    ...renderAttempts(letter.attempts, rendering),
  ];
  if (lastResponse !== null) parts.push(renderResponse(lastResponse, rendering));
  return parts.join('\n\n');
}

function renderRequest({ method, url, headers, delivery, orderingKey, expiresAt, callback }: ShownRequest): string {
  const more = { delivery, 'ordering key': orderingKey, expires: expiresAt, callback };
  const facts = Object.entries(more).flatMap(([name, value]) => (value === null ? [] : [`(${name}: ${value})`]));
  const lines = headers.map(({ name, value }) => `${name}: ${value ?? '…'}`);
  return [`${method} ${url}`, ...lines, ...facts].map(printable).join('\n');
}

function renderResponse(
  { status, headers, body, bytes }: NonNullable<LetterDetail['lastResponse']>,
  rendering: Rendering,
) {
  const { say, locale } = rendering;
  const lines = headers.map(({ name, value }) => printable(`${name}: ${value ?? '…'}`));
  const text = body.encoding === 'utf8' ? printable(body.data) : say('events.binary');
  const title = say('events.last-response', { status, size: formatBytes(bytes, locale) });
  return [title, ...lines, '', text].join('\n').trimEnd();
}

function renderAttempts(attempts: readonly Attempt[], { say, locale, output }: Rendering): string[] {
  if (attempts.length === 0) return [];
  const head = [
    say('column.attempt'),
    say('column.began'),
    say('column.took'),
    say('column.end'),
    say('column.node'),
    say('column.version'),
    say('column.next'),
  ];
  const rows = attempts.map((attempt) => [
    String(attempt.attempt),
    formatTime(attempt.startedAt),
    formatMilliseconds(Date.parse(attempt.endedAt) - Date.parse(attempt.startedAt), locale),
    describeEnd(attempt),
    attempt.node ?? NOTHING,
    attempt.version === '' ? NOTHING : shortVersion(attempt.version),
    attempt.retryAt === null ? NOTHING : formatTime(attempt.retryAt),
  ]);
  const messages = attempts.flatMap(({ attempt, message }) => {
    return message === null ? [] : [`${attempt}: ${printable(message)}`];
  });
  return [formatTable([head, ...rows], output.width), ...(messages.length === 0 ? [] : [messages.join('\n')])];
}

/** Nothing for what is not there. */
function row(title: string, value: string | null): string[][] {
  return value === null ? [] : [[title, value]];
}
