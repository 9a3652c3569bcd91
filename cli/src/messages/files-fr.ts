/** Texts about files that cannot be read or written, in French. */
import type { filesEn } from './files-en.ts';

export const filesFr: Readonly<Record<keyof typeof filesEn, string>> = {
  'system.disk-full': 'un fichier ne peut pas être écrit, car son disque est plein ({reason})',
  'system.disk-full.hint': 'Libérez de la place, ou travaillez sur un autre disque.',
  'output.unwritable': "l'affichage ne peut pas être écrit : {reason}",
  'file.exists': '{file} existe déjà',
  'file.exists.hint': "Nommez un autre fichier : une clé qui existe n'est jamais remplacée.",
  'file.unwritable': '{file} ne peut pas être écrit : {reason}',
  'file.unwritable.hint': 'Vérifiez que le dossier existe et que vous pouvez y écrire.',
  'system.unusable': '{file} ne peut pas être utilisé : {reason}',
  'system.unusable.hint': "Vérifiez le chemin, à qui appartient le fichier, et que l'on peut écrire sur son disque.",
  'system.absent': "ce fichier ou ce dossier n'existe pas",
  'system.is-folder': "c'est un dossier",
  'system.no-folder': "une partie de son chemin n'est pas un dossier",
  'system.denied': "cet utilisateur n'y a pas droit",
  'system.read-only': 'son disque ne peut être que lu',
  'file.unreadable': '{file} ne peut pas être lu : {reason}',
  'file.unreadable.hint': 'Vérifiez le chemin, et que cet utilisateur peut lire le fichier.',
};
