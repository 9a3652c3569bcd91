/** Texts about what functions reach, in French. */
import type { egressEn } from './egress-en.ts';

export const egressFr: Readonly<Record<keyof typeof egressEn, string>> = {
  'egress.list.summary':
    "Lister ce qu'une fonction a demandé au dehors, du plus récent au plus ancien : envoyé ou refusé",
  'egress.list.since': 'Rien de plus ancien : une heure, ou une durée écoulée telle que 10m',
  'egress.list.since.bad': "« {value} » n'est pas une heure",
  'egress.list.since.hint': 'Écrivez une heure telle que 2026-11-27T08:00, ou une durée écoulée telle que 10m.',
  'egress.list.refused': 'Seulement les requêtes refusées',
  'egress.list.host': 'Seulement les requêtes vers un hôte qui contient ceci',
  'egress.list.invocation': 'Seulement les requêtes de cette invocation',
  'egress.list.empty': "« {name} » n'a rien demandé au dehors, ou rien de ce genre.",
  'egress.list.more': 'Il y en a de plus anciennes ; --limit en montre davantage.',
  'egress.list.lost': "{count} requêtes n'ont pas pu être consignées.",
  'egress.answered': 'réponse {status}',
  'egress.refused': 'refusée',
  'egress.failed': 'échouée',
  'egress.cut': 'interrompue ({status})',
  'column.time': 'heure',
  'column.request': 'requête',
  'column.address': 'adresse',
  'column.country': 'pays',
  'column.sent': 'envoyé',
  'column.received': 'reçu',
  'column.outcome': 'issue',

  'deploy.accept-egress': "Accepter que la version atteigne ce que l'actuelle n'atteint pas",
  'deploy.egress-question': '« {name} » pourra désormais joindre {egress}. La déployer ? [o/N] ',
  'deploy.egress-added': '+ peut joindre {origin}',
  'deploy.egress-removed': '− ne joint plus {origin}',
};
