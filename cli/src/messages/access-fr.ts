import type { accessEn } from './access-en.ts';

/** Texts about tokens and tenants, in French. */
export const accessFr: Readonly<Record<keyof typeof accessEn, string>> = {
  'argument.token-name': 'Nom du jeton, pour les personnes',
  'argument.token-id': "Identifiant du jeton, comme `tokens list` l'affiche",
  'argument.tenant': 'Nom du locataire',

  'tokens.create.summary':
    'Créer un jeton : qui le détient peut ce que disent son rôle et ses droits. Il est montré une fois',
  'tokens.list.summary': 'Lister les jetons du locataire',
  'tokens.revoke.summary': 'Révoquer un jeton : en quelques secondes plus rien ne l’accepte',
  'tokens.rotate.summary': 'Donner à un jeton un nouveau secret ; le précédent est encore accepté un moment',
  'tokens.role': 'Ce qu’il peut faire : owner, developer, observer, auditor ou operator',
  'tokens.scope': 'Ce qu’il peut faire en plus, par exemple deploy ; peut être donné plusieurs fois',
  'tokens.function': 'Seulement pour cette fonction (par défaut : toutes celles du locataire)',
  'tokens.tenant': 'Un autre locataire que celui de votre propre jeton : pour le propriétaire de la plateforme',
  'tokens.expires':
    'Quand il prend fin : une date, ou une durée à partir de maintenant, par exemple 90d (par défaut : jamais)',
  'tokens.overlap': 'Combien de temps le secret précédent est encore accepté (par défaut : 1h)',
  'tokens.bad-role': 'il n’y a pas de rôle « {role} »',
  'tokens.bad-scope': 'il n’y a pas de droit « {scope} »',
  'tokens.one-of': 'C’est l’un de : {names}.',
  'tokens.bad-expiry': '--expires vaut « {time} », qui n’est pas une date',
  'tokens.bad-expiry.hint':
    'Écrivez une date comme 2027-01-01T00:00:00Z, ou une durée à partir de maintenant, comme 90d.',
  'tokens.issued': 'Jeton {name} ({id}) du locataire {tenant}. Conservez-le maintenant : il ne sera plus montré.',
  'tokens.previous': 'Le secret précédent est accepté jusqu’au {time}.',
  'tokens.revoked': '{id} est révoqué',
  'tokens.empty': 'Le locataire n’a pas d’autres jetons que ceux de la configuration.',
  'column.token': 'jeton',
  'column.id': 'identifiant',
  'column.may': 'peut',
  'column.made': 'créé',
  'column.ends': 'prend fin',

  'tenants.create.summary': 'Créer un locataire',
  'tenants.list.summary': 'Lister les locataires et leurs quotas',
  'tenants.set.summary': 'Changer les quotas d’un locataire',
  'tenants.calls-per-minute': 'Requêtes HTTP par minute que chaque passerelle laisse entrer ; none : sans limite',
  'tenants.concurrency': 'Requêtes HTTP en cours dans chaque passerelle ; none : sans limite',
  'tenants.functions': 'Fonctions qui peuvent être déployées ; none : sans limite',
  'tenants.bad-quota': '--{name} vaut « {value} », qui n’est pas un nombre',
  'tenants.bad-quota.hint': 'Écrivez un nombre entier, ou none.',
  'tenants.created': '{name} est créé. Son premier jeton : sovfn tokens create first --tenant {name} --role owner',
  'tenants.changed': '{name} est changé ; ses quotas valent en quelques secondes',
  'column.tenant': 'locataire',
  'column.functions': 'fonctions',
  'column.calls-per-minute': 'appels/min',
  'column.concurrency': 'simultanés',
};
