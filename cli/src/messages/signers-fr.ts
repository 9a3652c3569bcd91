/** Texts about developers who sign versions, in French. */
import type { signersEn } from './signers-en.ts';

export const signersFr: Readonly<Record<keyof typeof signersEn, string>> = {
  'keys.create.summary':
    'Créer la clé avec laquelle un développeur signe des versions, et en afficher la moitié publique',
  'keys.created':
    'La clé privée est dans {file}, pour vous seul : gardez-en une copie hors de portée des autres. Sa moitié publique, pour `sovfn signers add` :',
  'signers.list.summary': 'Lister les développeurs qui signent des versions, et si rien d’autre ne peut tourner',
  'signers.add.summary': 'Laisser un développeur signer des versions du locataire ; une clé qui signe déjà signe cela',
  'signers.remove.summary': 'Ne plus laisser un développeur signer ; ce qu’il a signé continue de tourner',
  'signers.require.summary': 'N’exécuter que des versions signées par un signataire',
  'signers.sign-key': 'Signer avec la clé de ce fichier (`sovfn keys create`) ; par défaut celle de SOVFN_SIGN_KEY',
  'signers.stop-versions': 'Les versions qu’il a signées ne tournent plus non plus : pour une clé volée',
  'signers.off': 'Exécuter de nouveau des versions que personne n’a signées',
  'signers.empty': 'Personne ne signe les versions de {tenant}. Commencez par : sovfn keys create',
  'signers.active': 'signe',
  'signers.retired': 'ne signe plus',
  'signers.required': 'Rien de {tenant} ne tourne sans la signature d’un signataire.',
  'signers.not-required': 'Les versions de {tenant} que personne n’a signées tournent aussi.',
  'signers.unsigned': 'Sans signature de la liste : {names}.',
  'signers.added': '{name} signe des versions de {tenant}',
  'signers.next': 'Déployez avec --sign-key ; quand tout est signé : sovfn signers require',
  'signers.retired-now': '{name} ne signe plus ; ce qui porte sa signature continue de tourner',
  'signers.removed': '{name} ne signe plus, et sa signature ne vaut plus rien',
  'signers.bad-key-file': '{file} ne contient pas de clé privée Ed25519 en PEM',
  'signers.bad-key-file.hint': 'Créez-en une avec : sovfn keys create <fichier>',
  'signers.no-key': 'La clé avec laquelle signer n’est pas indiquée',
  'signers.no-key.hint':
    'Ajoutez --sign-key <fichier>, ou définissez SOVFN_SIGN_KEY. Un changement est signé par qui figure déjà sur la liste.',
  'signers.bad': '« {name} » avec la clé « {key} » ne peut pas être signataire',
  'signers.bad.hint':
    'Un nom a des minuscules, des chiffres et des tirets ; une clé publique est ce que `sovfn keys create` affiche (43 caractères).',
  'signers.taken': '{name} figure sur la liste avec la clé {id}',
  'signers.taken.hint':
    'Un nom vaut pour une clé, et une clé pour un nom : choisissez-en un autre, ou retirez d’abord le signataire.',
  'signers.unknown': '{name} ne figure pas sur la liste',
  'signers.unknown.hint': 'sovfn signers list montre qui y figure.',
  'signers.last': '{name} est le dernier à pouvoir signer',
  'signers.last.hint': 'Ajoutez d’abord un autre signataire : plus personne ne pourrait changer la liste.',
  'signers.none': 'le locataire n’a pas de signataires',
  'signers.none.hint': 'Commencez par : sovfn keys create, sovfn signers add',
  'deploy.signed': 'signé pour le locataire {tenant} avec la clé {id}',
  'deploy.signer-unknown':
    "La signature ne compte pas encore : la clé n'est pas sur la liste de {tenant}. Un signataire peut l'ajouter : sovfn signers add <nom> {publicKey}",
  'argument.new-key-file': 'Fichier pour la clé privée ; il ne doit pas exister',
  'argument.signer': 'Nom du signataire',
  'argument.public-key': 'Clé publique, telle que keys create l’affiche',
  'column.name': 'nom',
  'column.public-key': 'clé publique',
  'column.key-id': 'identifiant de clé',
  'column.signer': 'signé par la clé',
  'receipts.row.signer': 'signé par',
};
