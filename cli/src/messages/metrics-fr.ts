import type { metricsEn } from './metrics-en.ts';

/** Texts of `sovfn metrics`, in French. */
export const metricsFr: Readonly<Record<keyof typeof metricsEn, string>> = {
  'metrics.summary': 'Montrer ce qui a été compté des fonctions, et ce qui attend pour elles',
  'metrics.function': "Seulement cette fonction, avec tout ce que l'on sait d'elle",
  'metrics.since': 'Compté par la passerelle {gateway} depuis {time}.',
  'metrics.one-of-several': "C'est sa propre part des appels. Les autres passerelles de cette machine : {addresses}.",
  'metrics.unknown': 'Le bus ne peut pas être interrogé : on ne sait pas ce qui attend.',

  'column.calls': 'appels',
  'column.errors': 'erreurs',
  'column.killed': 'tués',
  'column.cpu': 'CPU',
  'column.due': 'dus',
  'column.oldest': 'le plus ancien',
  'column.later': 'plus tard',
  'column.dead': 'lettres mortes',

  'metrics.row.calls': 'appels',
  'metrics.row.errors': 'erreurs',
  'metrics.row.killed': 'tués',
  'metrics.row.time': 'durée',
  'metrics.row.cpu': 'CPU',
  'metrics.row.events': 'événements',
  'metrics.row.waiting': 'en attente',
  'metrics.row.outputs': 'sorties',

  'metrics.calls': '{total}, dont {cold} démarrages à froid',
  'metrics.errors': '{failed} sans réponse, {serverErrors} répondus par 5xx',
  'metrics.kill': '{calls} × {outcome} : {limit} {value}, mesuré {measured}',
  'metrics.time': 'p50 {p50}, p95 {p95}, p99 {p99}',
  'metrics.events':
    '{accepted} acceptés, {succeeded} réussis, {retries} nouvelles tentatives, {deadLettered} morts, {running} en cours',
  'metrics.events.other': '{expired} expirés, {cancelled} annulés',
  'metrics.paused': 'en pause',
  'metrics.waiting': '{events} événements et {messages} messages dus, {later} plus tard, {deadLetters} lettres mortes',
  'metrics.waiting.oldest': 'le plus ancien depuis {time}',
  'metrics.outputs': '{kept} conservées ({size}), {pending} attendent le stockage',
};
