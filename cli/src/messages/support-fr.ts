import type { supportEn } from './support-en.ts';

/** Texts about support access, in French. */
export const supportFr: Readonly<Record<keyof typeof supportEn, string>> = {
  'support.grant.summary':
    "Consentir à ce que l'exploitant de la plateforme lise les journaux, les sorties et les événements du locataire, pour un temps",
  'support.list.summary': 'Lister ce à quoi le locataire a consenti, ce qui a pris fin récemment compris',
  'support.revoke.summary': "Retirer le consentement : dès lors l'exploitant ne lit plus rien",
  'support.ttl': 'Pour combien de temps, par exemple 2h ; au plus 7d',
  'support.reason': "Pour quoi : figure dans la liste et dans le journal d'audit",
  'support.tenant': 'Pour les exploitants : de ce locataire, tant qu’il y consent (sovfn support grant)',
  'support.no-ttl': '--ttl manque : un accord prend fin de lui-même',
  'support.bad-ttl': '--ttl vaut « {ttl} »',
  'support.bad-ttl.hint': 'Écrivez un nombre et une unité, par exemple 2h : de 1s à 7d.',
  'support.granted':
    "L'exploitant peut lire les journaux, les sorties et les événements de {tenant} jusqu'à {time}. Pour le retirer : sovfn support revoke {id}",
  'support.ended': "{id} a pris fin : l'exploitant ne lit plus rien de {tenant} à ce titre",
  'support.empty': "Le locataire {tenant} n'a consenti à aucun accès de support.",
  'support.active': 'en vigueur',
  'support.expired': 'terminé',
  'support.revoked': 'retiré',
  'argument.support-id': "Identifiant de l'accord, comme `support list` l'affiche",
  'column.by': 'par',
  'column.reason': 'motif',
};
