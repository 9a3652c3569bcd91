/** Texts about what versions are made of, in French. */
import type { supplyEn } from './supply-en.ts';

export const supplyFr: Readonly<Record<keyof typeof supplyEn, string>> = {
  'build.summary': "Construire la fonction d'un dossier sans la déployer, et montrer sa version",
  'build.verify': 'Comparer avec la version qui répond : les mêmes sources donnent partout la même version',
  'build.bundle': 'paquet',
  'build.inputs': 'fichiers',
  'build.same': "C'est la version qui répond.",
  'build.differs': 'La version qui répond, {version}, est une autre. Différents : {what}.',
  'build.code': 'le code',
  'sbom.summary': "Écrire la nomenclature de la fonction d'un dossier (CycloneDX 1.6, JSON)",
  'sbom.output': "L'écrire dans ce fichier",
  'sbom.written': 'écrit : {file}',
};
