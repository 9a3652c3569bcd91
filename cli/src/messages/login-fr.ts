/** Texts about logging in, in French. */
import type { loginEn } from './login-en.ts';

export const loginFr: Readonly<Record<keyof typeof loginEn, string>> = {
  'login.summary': "Se connecter à une plateforme : les commandes l'utilisent jusqu'à la fin de la connexion",
  'login.url': 'Adresse de son API de contrôle',
  'login.id-token': "Jeton d'identité d'une tâche de CI, au lieu d'une connexion par une personne",
  'login.operator': "Adresse de l'écoute de l'exploitant, pour qui peut faire ce que lui seul peut",
  'login.issuer': 'Où se connecter, quand la plateforme fait confiance à plusieurs',
  'login.rule': 'Règle de la plateforme qui est voulue (par défaut : la première qui convient)',
  'login.open': 'Ouvrez ceci dans un navigateur :\n\n  {url}\n',
  'login.done': 'Vous êtes connecté. Vous pouvez fermer cette page.',
  'login.logged-in': "connecté par la règle {name}, locataire {tenant}, jusqu'à {until}",
  'login.no-issuer': "personne ne peut s'y connecter par cet émetteur",
  'login.several': 'il y a plusieurs émetteurs',
  'login.issuers': 'Ceux auxquels la plateforme fait confiance : {list}. Nommez-en un avec --issuer.',
  'login.issuer-refused': '{issuer} a refusé la connexion : {reason}',
  'login.issuer-unavailable': '{issuer} ne répond pas comme il faut : {reason}',
  'login.other-issuer': "la réponse n'est pas de {issuer}",
  'login.other-login': "la réponse de {issuer} est d'une autre connexion",
  'login.again': 'Connectez-vous à nouveau.',
  'logout.summary': 'Oublier la connexion ; son jeton prend fin de lui-même',
  'logout.done': 'la connexion à {url} est oubliée',
  'logout.none': "Il n'y a pas de connexion.",
};
