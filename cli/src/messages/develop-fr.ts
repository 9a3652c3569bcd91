import type { developEn } from './develop-en.ts';

/** Texts of the commands for a developer's own folder, in French. */
export const developFr: Readonly<Record<keyof typeof developEn, string>> = {
  'init.summary': 'Créer une fonction dans un dossier : code, types et test',
  'init.folder': "Dossier de la fonction, créé s'il n'existe pas (par défaut : le dossier courant)",
  'init.template': 'Point de départ : http, hono, webhook, schedule, queue ou pdf (par défaut : http)',
  'init.name': 'Nom de la fonction (par défaut : celui du dossier)',
  'init.yes': "Ne rien demander : ce qui n'est pas donné prend sa valeur par défaut",
  'init.template.http': 'répond à des requêtes HTTP',
  'init.template.hono': 'une API HTTP avec Hono, et son propre stockage',
  'init.template.webhook': 'reçoit les webhooks signés de Stripe, chacun une fois',
  'init.template.schedule': "s'exécute chaque nuit, à l'heure de Paris",
  'init.template.queue': 'travaille en arrière-plan, avec de nouvelles tentatives',
  'init.template.pdf': 'fabrique des documents PDF, et les conserve',
  'init.ask.folder': 'Dans quel dossier ? [{usual}]',
  'init.ask.template': 'À partir de quel modèle ? Un numéro ou un nom [{usual}]',
  'init.templates': 'Les modèles sont {list}.',
  'init.unknown-template': "« {template} » n'est pas un modèle",
  'init.bad-name': "« {name} » ne peut pas être le nom d'une fonction",
  'init.bad-name.hint': 'Donnez-en un avec --name : 1 à 63 caractères a–z, 0–9 et -, sans - au début ni à la fin.',
  'init.exists': 'il y a déjà dans {folder} : {list}',
  'init.exists.hint': 'init ne remplace aucun fichier : indiquez un autre dossier, ou supprimez ceux-ci.',
  'init.done': "{name} est créée d'après le modèle {template}",
  'init.linked': 'Liés depuis cette installation de sovfn, sans réseau : {list}',
  'init.missing': "Absents d'ici : {list}. Lancez npm install dans le dossier.",
  'init.next': 'Ensuite :',

  'test.summary': "Exécuter les tests d'une fonction, dans de vrais isolats",
  'test.only': 'Seulement les tests dont le nom correspond',
  'test.watch': "Recommencer à chaque changement de fichier, jusqu'à Ctrl-C",
};
