import type { doctorEn } from './doctor-en.ts';

/** What `sovfn doctor` finds, and what to do about it, in French. What other programs have said is quoted as they said it. */
export const doctorFr: Readonly<Record<keyof typeof doctorEn, string>> = {
  'doctor.unchecked': "n'a pas pu être vérifié : {reason}",
  'doctor.unchecked.hint': 'Les autres constats disent peut-être pourquoi.',

  'doctor.node': 'Node {version}, {path}',
  'doctor.node.wrong': 'Node {version} ; sovfn a besoin de Node {needed}',
  'doctor.node.wrong.hint': 'Lancez sovfn par son lanceur, bin/sovfn.js.',
  'doctor.isolates': 'les isolats V8 fonctionnent',
  'doctor.isolates.odd': 'un isolat a répondu « {answer} » au lieu de « {expected} »',
  'doctor.isolates.odd.hint': 'Réinstallez avec `npm ci`.',
  'doctor.isolates.broken': 'les isolats V8 ne fonctionnent pas. En détail, en anglais : {reason}',
  'doctor.isolates.broken.hint': 'Réinstallez avec `npm ci`, sur un système pris en charge.',
  'doctor.server': '{path} ({step}), version {version}',
  'doctor.server.absent': "{name} n'est pas encore installé",
  'doctor.server.absent.hint': "`sovfn up` l'installe.",
  'doctor.server.unusable': 'inutilisable. En détail, en anglais : {reason}',
  'doctor.server.unusable.hint':
    '`sovfn up` remplace un fichier abîmé du cache ; si le chemin est de vous, corrigez-le.',
  'doctor.not-stated': 'non indiquée',
  'doctor.clock.wrong': 'il est {now}, avant le démarrage de la plateforme à {start}',
  'doctor.clock.hint': "Mettez l'horloge à l'heure, et laissez NTP l'y tenir.",
  'doctor.clock': '{now}, synchronisée',
  'doctor.clock.drifts': '{now}, non synchronisée',
  'doctor.clock.unknown': "{now} ; ce système ne dit pas si l'horloge est synchronisée",

  'doctor.folder.absent': "{folder} n'existe pas encore",
  'doctor.folder': '{folder} ne peut être lu que par son propriétaire',
  'doctor.folder.exposed': "d'autres utilisateurs peuvent lire ou écrire {paths}",
  'doctor.folder.exposed.hint': "Lancez `chmod -R go-rwx {folder}`, et changez les clés si d'autres y ont eu accès.",
  'doctor.disk': '{size} Gio libres pour {folder}',
  'doctor.disk.hint': 'Libérez de la place, ou déplacez le dossier de données sur un autre disque.',
  'doctor.ports.used': 'utilisés par cette plateforme sur {host} : {ports}',
  'doctor.ports.free': 'les ports par défaut sont libres : {ports}',
  'doctor.ports.taken': "pris par d'autres : {ports}",
  'doctor.ports.taken.hint': '`sovfn up` prend alors des ports libres, et dit lesquels.',

  'doctor.certificates.none': "aucun n'est utilisé : les parties se parlent sur l'adresse de bouclage",
  'doctor.certificates.valid': "{where} est valable jusqu'au {date}",
  'doctor.certificates.expired': '{where} a expiré le {date}',
  'doctor.certificates.further': '{file} (n° {position} du fichier)',
  'doctor.certificates.link': 'celui du port des nœuds',
  'doctor.certificates.shown': 'celui de {origin}',
  'doctor.certificates.unseen': "{where} n'a pas pu être lu ({reason})",
  'doctor.certificates.authority.hint':
    'Supprimez `tls/`, redémarrez la plateforme, et inscrivez de nouveau les nœuds des autres machines.',
  'doctor.certificates.node.hint':
    "Redémarrez le nœud pendant qu'il joint la plateforme : il en reçoit un autre. Une fois expiré, inscrivez de nouveau la machine.",
  'doctor.certificates.given.hint':
    'Placez-y server.pem, server.key et server-ca.pem renouvelés, et redémarrez la plateforme.',
  'doctor.certificates.own.hint':
    'Redémarrez la plateforme : elle présente ce qui est dans `tls/`, et refait son propre certificat.',
  'doctor.certificates.shown.hint': 'Renouvelez le certificat du serveur à {origin}.',

  'doctor.platform.none': 'aucune plateforme ne tourne dans {folder}',
  'doctor.platform.none.hint': 'Démarrez-la avec `sovfn up`.',
  'doctor.platform.starting': 'la plateforme démarre',
  'doctor.platform.starting.hint': 'Redemandez dans un instant.',
  'doctor.platform': 'sovfn {version} tourne à {url}',
  'doctor.platform.dead': "à l'arrêt : {parts} ; un redémarrage est en cours",
  'doctor.read-logs': 'Lisez {files}.',
  'doctor.labels': "les étiquettes de {names} sont valables jusqu'au {date}",
  'doctor.labels.hint':
    'Redémarrez la plateforme : `sovfn up` en délivre de nouvelles. Sans étiquettes valables, aucune passerelle ne tourne.',
  'doctor.gateways': '{count} sur le port public, API de contrôle à {addresses}',
  'doctor.gateways.silent': 'pas de réponse de {silent}, sur {count} au port public, API de contrôle à {addresses}',

  'doctor.writes': 'nats-server {version} synchronise chaque message sur le disque',
  'doctor.writes.late':
    'nats-server {version} ne synchronise pas chaque message : une coupure de courant peut perdre des événements acceptés',
  'doctor.writes.late.hint': 'Définissez `sync_interval: always` dans le bloc jetstream de sa configuration.',
  'doctor.subjects': 'seuls les cellules et les superviseurs écoutent les appels',
  'doctor.subjects.listens': 'la connexion {connection} écoute « {subject} »',
  'doctor.subjects.strangers': '{strangers}, réservé aux cellules et aux superviseurs',
  'doctor.subjects.strangers.hint':
    "Arrêtez ce client : tant qu'il écoute, les appels aux fonctions non chargées restent en suspens.",
  'doctor.room': '{used} Mio utilisés sur les {size} du stockage de nats-server',
  'doctor.room.full': "{used} Mio utilisés sur les {size} du stockage de nats-server : aucun événement n'est accepté",
  'doctor.room.hint':
    'Augmentez `max_file`, libérez de la place et redémarrez nats-server, ou laissez des événements se terminer : `sovfn events list`.',
  'doctor.replicas.alone':
    'flux : {count}, sur un seul nats-server : son disque contient la seule copie de ce qui a été accepté',
  'doctor.replicas': 'flux : {count}, chacun sur {replicas} des {servers} nats-server',
  'doctor.replicas.leaderless': "{stream} n'a pas de leader",
  'doctor.replicas.late': "{stream} n'est pas à jour sur {server}",
  'doctor.replicas.unreached': '{server} joint {reached} nats-server sur {servers}, lui compris',
  'doctor.replicas.missing.hint': "Démarrez le nats-server qui manque ; s'il tourne, lisez son journal.",
  'doctor.replicas.few': 'sur {servers} nats-server, moins de {replicas} gardent {streams}',
  'doctor.replicas.few.hint':
    'Définissez `bus.replicas: {replicas}` dans la configuration de la passerelle avant son premier démarrage, ou modifiez les flux avec `nats stream update`.',

  'doctor.store': "le stockage d'objets répond en {time} ms",
  'doctor.store.failed': "le stockage d'objets n'est pas prêt. En détail, en anglais : {reason}",
  'doctor.features': 'présents : {features}',
  'doctor.features.missing': "il manque au stockage d'objets : {features}",
  'doctor.features.missing.hint':
    'Prenez un stockage qui les a, comme le MinIO que démarre `sovfn up`, ou une version plus récente de celui-ci.',
  'doctor.features.create': 'créer si absent (If-None-Match)',
  'doctor.features.replace': 'remplacer si inchangé (If-Match)',
  'doctor.features.metadata': 'métadonnées',
  'doctor.features.listing': 'lister par préfixe',

  'doctor.nodes.none': "aucun nœud ne s'est signalé récemment",
  'doctor.nodes.expiring': "les étiquettes de {node} sont valables jusqu'au {date}",
  'doctor.nodes.expiring.hint':
    'Redémarrez ce nœud : il en reçoit de nouvelles, de `sovfn up` sur cette machine. Sans étiquettes valables, aucun nœud ne tourne.',
  'doctor.nodes.level': '{node} ({zones}) : niveau de verrou {level}',
  'doctor.nodes.levels': '{node} ({zones}) : niveau de verrou {level}, courtier {broker}',
  'doctor.nodes.unlocked.hint':
    'Au niveau 1, seul le processus sépare les locataires : donnez des nœuds à part à ceux qui ne se font pas confiance.',
  'doctor.versions': 'sovfn : ligne de commande {own}, plateforme {platform}{nodes}',
  'doctor.versions.platform.hint': 'Redémarrez la plateforme avec le `sovfn up` de la version voulue.',
  'doctor.versions.nodes.hint': 'Installez sovfn {version} pour {nodes}, et redémarrez-les.',
};
