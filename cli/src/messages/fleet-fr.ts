import type { fleetEn } from './fleet-en.ts';

/** Texts about nodes on other machines, in French. */
export const fleetFr: Readonly<Record<keyof typeof fleetEn, string>> = {
  'argument.new-node': 'Nom du nœud : a–z, 0–9 et -',

  'up.zones':
    'Zones que sert cette plateforme, séparées par des virgules (par défaut : comme avant ; au début celle de son pays)',
  'up.listen-nodes':
    "Y attendre les nœuds d'autres machines, en TLS mutuel ; « off » y met fin (par défaut : comme avant ; au début non)",
  'up.gateways':
    'Processus de passerelle sur le port public, de 1 à 32, ou « auto » : un pour quatre cœurs (par défaut : comme avant ; au début auto)',
  'up.bad-gateways': '--gateways vaut « {value} »',
  'up.bad-gateways.hint': 'Donnez un nombre de 1 à {most}, ou « auto ».',
  'up.bad-listen-nodes.hint':
    'Donnez une adresse de cette machine et un port, par exemple 192.0.2.10:4443, ou « off ».',
  'status.further-gateways': 'Autres passerelles sur le port public :',
  'up.further-gateways': '{count} passerelles répondent sur le port public. API de contrôle des autres : {addresses}',
  'up.listening-for-nodes': "Attend les nœuds d'autres machines à {host}:{port}",
  'up.link-failed': 'Port des nœuds : {reason}',

  'node.summary': "Faire de cette machine un nœud d'une plateforme sur une autre",
  'node.enrol': 'Fichier de `sovfn nodes add`, au premier démarrage',
  'node.data': "Dossier de données du nœud (par défaut : sovfn-node dans le dossier de données de l'utilisateur)",
  'node.enrolled': 'Cette machine est le nœud {node}.',
  'node.waiting': 'Attend la plateforme : {reason}',
  'node.ready': 'Nœud         {node}\nZones        {zones}\nDonnées      {data}',
  'node.keep': 'Ctrl-C arrête le nœud.',

  'nodes.data': 'Dossier de données de la plateforme, sur cette machine (par défaut : celui de la plateforme courante)',

  'nodes.add.summary': 'Inviter une autre machine à devenir un nœud : écrit un fichier qui sert une fois',
  'nodes.add.country': 'Pays de la machine, deux lettres',
  'nodes.add.zones':
    'Zones à servir, séparées par des virgules (par défaut : celles de la plateforme que ses étiquettes satisfont)',
  'nodes.add.address': 'Où elle atteint la plateforme (par défaut : là où celle-ci écoute)',
  'nodes.add.valid': 'Combien de temps le fichier peut servir (par défaut : 24h, au plus 30d)',
  'nodes.add.out': 'Fichier à écrire (par défaut : <nœud>.json ici)',
  'nodes.bad-address': '--{option} vaut « {value} »',
  'nodes.bad-address.hint':
    "Donnez l'adresse ou le nom par lequel le nœud atteint la plateforme, et un port, par exemple platform.example.fr:4443.",
  'nodes.bad-name': "« {name} » n'est pas un nom de nœud",
  'nodes.bad-name.hint':
    'Un nom est fait de a–z, 0–9 et -, 63 caractères au plus ; il commence et finit par une lettre ou un chiffre.',
  'nodes.bad-validity': '--valid vaut « {value} »',
  'nodes.bad-validity.hint': 'Écrivez un nombre et une unité, par exemple 2h, et au plus {longest}.',
  'nodes.add.no-country': "personne n'a dit dans quel pays est le nœud",
  'nodes.add.no-country.hint': 'Déclarez-le, par exemple avec --country FR.',
  'nodes.add.done':
    "{file} fait d'une machine le nœud {node}, une fois, jusqu'au {expiresAt}.\nPortez-le là-bas par une voie que personne d'autre ne lit, et lancez\n\n  sovfn node --enrol {node}.json\n\nElle se connecte à {address}.",

  'nodes.drain.summary': "Laisser un nœud finir ses appels et n'en plus prendre",
  'nodes.drain.no-wait': 'Ne pas attendre la fin de son dernier appel',
  'nodes.drain.waiting': '{node} : {cells} cellules ont encore des appels.',
  'nodes.drain.done': "{node} ne prend plus d'appels jusqu'à son prochain démarrage.",

  'nodes.remove.summary': 'Reprendre à un nœud ses droits : il est déconnecté et ne peut pas revenir',
  'nodes.remove.yes': 'Ne pas demander',
  'nodes.remove.question':
    'Retirer le nœud {node} ? Ses appels prennent fin, et il faudra l’ajouter de nouveau pour qu’il revienne. [o/N]',
  'nodes.remove.unconfirmed': "le nœud {node} est retiré pour de bon, et il n'y a personne à qui demander",
  'nodes.remove.kept': '{node} reste.',
  'nodes.remove.done': '{node} est retiré : ses connexions ont pris fin, et ses étiquettes ne comptent plus.',
};
