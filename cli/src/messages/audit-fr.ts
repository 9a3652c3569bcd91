import type { auditEn } from './audit-en.ts';

/** Texts about the audit log, in French. */
export const auditFr: Readonly<Record<keyof typeof auditEn, string>> = {
  'argument.audit-export': 'Fichier écrit par `audit export` (par défaut : le journal lui-même, lu de la plateforme)',
  'audit.list.summary': 'Lister ce qui a été changé sur la plateforme, et par qui, le plus récent en premier',
  'audit.verify.summary':
    "Vérifier le journal d'audit, ou un export ; nomme la première entrée qui n'est pas telle qu'elle fut écrite",
  'audit.export.summary': "Exporter les entrées d'un locataire, avec des preuves qui se passent de la plateforme",
  'audit.all': 'De tous les locataires et de la plateforme elle-même',
  'audit.limit': "Combien d'entrées (par défaut 50, au plus 500)",
  'audit.before': 'Seulement les entrées plus anciennes que cet indice',
  'audit.copy':
    'Copie des points de contrôle à comparer ; peut être donnée plusieurs fois (par défaut : celle de la plateforme courante)',
  'audit.archive': "Seulement les copies dans le stockage d'objets, par exemple après la perte du journal sur le bus",
  'audit.archive-valid': "Les copies dans le stockage d'objets sont vérifiées : {count} entrées, depuis la première",
  'audit.archive-invalid': "Ce qui suit concerne les copies dans le stockage d'objets, pas le journal sur le bus :",
  'audit.archived':
    "Les copies dans le stockage d'objets sont vérifiées aussi, et identiques : {count} entrées à ce jour.",
  'audit.empty': "Il n'y a pas d'entrées.",
  'audit.more': 'Il y en a de plus anciennes : --before {next}',
  'audit.exported': '{count} entrées de {tenant}, à vérifier avec `sovfn audit verify <fichier>`',
  'audit.valid': 'Le journal est vérifié : {count} entrées, depuis la première',
  'audit.export-valid': "L'export est vérifié : {count} entrées de {tenant}, aucune omise entre elles",
  'audit.no-copy':
    'Sans copie des points de contrôle (--copy), des entrées qui manquent à la fin ne peuvent pas être remarquées.',
  'audit.copies': 'Comparé avec {files}.',
  'audit.not-of-export': '--{option} vaut pour le journal lui-même, pas pour un fichier écrit par `audit export`',
  'audit.not-of-export.hint': "Omettez le fichier, ou l'option.",
  'audit.no-export': "{file} n'est pas un export du journal d'audit",
  'audit.no-export.hint':
    '`sovfn audit export > <fichier>` en écrit un ; un reçu se vérifie par `sovfn receipts verify`.',
  'column.index': 'indice',
  'column.who': 'qui',
  'column.what': 'quoi',
  'column.details': 'détails',
};
