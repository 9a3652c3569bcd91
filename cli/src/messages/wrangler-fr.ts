import type { wranglerEn } from './wrangler-en.ts';

/** What becomes of a Workers project's keys that are not here, or are in another way, in French. */
export const wranglerFr: Readonly<Record<keyof typeof wranglerEn, string>> = {
  'wrangler.egress':
    'Les fonctions ne joignent que ce que « egress » énumère. Énumérez-y les origines que le code appelle par fetch.',
  'wrangler.environments':
    'Une fonction a une seule configuration. Importez chaque environnement dans un dossier à lui avec --env.',
  'wrangler.no-environment': "Le fichier n'a pas cet environnement : c'est le haut du fichier qui a été pris.",
  'wrangler.name': 'Un nom est fait de a–z, 0–9 et - : « {name} ».',
  'wrangler.main': "Le fichier ne nomme pas de point d'entrée. Nommez-le dans « main ».",
  'wrangler.routes':
    'Seuls les chemins sont dans « routes ». Les hôtes qui mènent à la plateforme se règlent là où elle tourne.',
  'wrangler.route': "Ce n'est pas un chemin de route : un * n'est possible que comme dernier segment.",
  'wrangler.vars': 'Les vars sont des textes : celle-ci contient du JSON, que le code doit analyser.',
  'wrangler.crons':
    "Elles s'exécutent en UTC, comme avant. Définissez « timezone » pour l'heure locale, et choisissez « overlap » et « missed ».",
  'wrangler.cron': "Cette expression cron n'est pas connue ici. `sovfn schedules preview --cron` dit ce qui l'est.",
  'wrangler.producer-only':
    'Ce qui est envoyé arrive au queue() de cette fonction ; une autre fonction ne peut pas le consommer.',
  'wrangler.consumer-only':
    'Les messages viennent de la fonction qui a la liaison de file. Déplacez queue() dans celle-ci.',
  'wrangler.data':
    'Les données restent où elles sont : copiez dans les nouvelles liaisons ce dont la fonction a besoin.',
  'wrangler.secrets':
    'Le code lit leurs valeurs, comme avant. Ceux que seul fetch envoie sont plus sûrs avec « hosts » au lieu de « expose ».',
  'wrangler.unknown': "Il n'y a rien de tel ici.",
  'wrangler.invalid': 'Valeur refusée. En détail, en anglais : {reason}.',
  'wrangler.node-modules': 'De Node, les modules de docs/packages.md sont là, sans option.',
  'wrangler.durable-objects':
    "Il n'y a pas d'objets durables. Gardez l'état dans une liaison kv ou bucket, ou dans une base de données que fetch joint.",
  'wrangler.migrations': 'Elles appartiennent aux objets durables.',
  'wrangler.sql':
    "Il n'y a pas de base SQL. Gardez l'état dans une liaison kv ou bucket, ou dans une base de données que fetch joint.",
  'wrangler.database': "Il n'y a pas de connexions à des bases de données : joignez-en une par HTTP.",
  'wrangler.model': 'Joignez un modèle par HTTP : énumérez son origine dans « egress ».',
  'wrangler.vectors': 'Joignez une base vectorielle par HTTP : énumérez son origine dans « egress ».',
  'wrangler.browser': "Il n'y a pas de navigateur.",
  'wrangler.analytics': 'Écrivez dans un bucket ou dans le journal ; `sovfn metrics` compte les appels.',
  'wrangler.mail': "Envoyez le courrier par l'API HTTP d'un prestataire.",
  'wrangler.workflows': 'Enchaînez des événements : un appel asynchrone par étape, avec ses nouvelles tentatives.',
  'wrangler.containers': 'Les fonctions sont du JavaScript ou du WebAssembly.',
  'wrangler.static-files':
    "Il n'y a pas de fichiers statiques : importez-les dans le paquet, ou servez-les à côté de la plateforme.",
  'wrangler.dispatch': 'Prenez des liaisons de service.',
  'wrangler.client-certificates': "Il n'y a pas de certificats client pour fetch.",
  'wrangler.web-assembly': 'Importez le fichier ; « limits.wasmMemoryMb » donne sa mémoire à WebAssembly.',
  'wrangler.text-file': 'Importez le fichier comme texte.',
  'wrangler.data-file': 'Importez le fichier.',
  'wrangler.rules': "Les fichiers texte et JSON s'importent sans règles.",
  'wrangler.build': "Lancez d'abord votre propre build ; « main » nomme son résultat.",
  'wrangler.alias': 'Prenez « paths » de tsconfig.json.',
  'wrangler.define': 'Prenez des vars.',
  'wrangler.placement': "« residency » dit dans quelle zone elle s'exécute.",
  'wrangler.log-push': '`sovfn logs` garde les entrées pendant `logs.days` jours.',
  'wrangler.tail': '`sovfn logs --follow` montre ce qui est journalisé.',
  'wrangler.secret-store': 'Nommez-les dans « secrets », et définissez chacun avec `sovfn secrets set`.',
};
