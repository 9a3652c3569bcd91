/** Texts of `sovfn metrics`, in English. `metrics-fr.ts` has the same keys. */
export const metricsEn = {
  'metrics.summary': 'Show what was counted of the functions, and what waits for them',
  'metrics.function': 'Only this function, with all that is known of it',
  'metrics.since': 'Counted by the gateway {gateway} since {time}.',
  'metrics.one-of-several': 'That is its own share of the calls. The other gateways of this machine: {addresses}.',
  'metrics.unknown': 'The bus cannot be asked: what waits is not known.',

  'column.calls': 'calls',
  'column.errors': 'errors',
  'column.killed': 'killed',
  'column.cpu': 'CPU',
  'column.due': 'due',
  'column.oldest': 'oldest',
  'column.later': 'later',
  'column.dead': 'dead letters',

  'metrics.row.calls': 'calls',
  'metrics.row.errors': 'errors',
  'metrics.row.killed': 'killed',
  'metrics.row.time': 'time',
  'metrics.row.cpu': 'CPU',
  'metrics.row.events': 'events',
  'metrics.row.waiting': 'waiting',
  'metrics.row.outputs': 'outputs',

  'metrics.calls': '{total}, {cold} with a cold start',
  'metrics.errors': '{failed} without an answer, {serverErrors} answered with 5xx',
  'metrics.kill': '{calls} × {outcome}: {limit} {value}, measured {measured}',
  'metrics.time': 'p50 {p50}, p95 {p95}, p99 {p99}',
  'metrics.events':
    '{accepted} accepted, {succeeded} succeeded, {retries} retries, {deadLettered} dead, {running} running',
  'metrics.events.other': '{expired} expired, {cancelled} cancelled',
  'metrics.paused': 'paused',
  'metrics.waiting': '{events} events and {messages} messages due, {later} later, {deadLetters} dead letters',
  'metrics.waiting.oldest': 'the oldest for {time}',
  'metrics.outputs': '{kept} kept ({size}), {pending} wait for the object store',
} as const;
