import type { trustEn } from './trust-en.ts';

/** Texts about nodes, their labels, and receipts, in French. */
export const trustFr: Readonly<Record<keyof typeof trustEn, string>> = {
  'argument.node': 'Nom du nœud',

  'up.country':
    "Pays de cette machine, deux lettres ; les fonctions de sa zone s'exécutent ici (par défaut : comme avant ; au début FR, marqué comme supposé)",
  'up.region': 'Région de cette machine, selon ISO 3166-2',
  'up.city': 'Ville de cette machine',
  'up.operator': 'Qui exploite cette machine',
  'up.provider': "À qui appartient cette machine, si c'est un autre",
  'up.legal-seat': "Pays dont l'exploitant suit le droit, deux lettres",
  'up.certs': "Certifications que l'exploitant a pour cette machine, séparées par des virgules",

  'column.country': 'pays',
  'column.operator': 'exploitant',
  'column.lock': 'verrouillage',
  'column.expires': "étiquettes jusqu'au",

  'nodes.list.summary': 'Lister les nœuds avec leurs étiquettes signées',
  'nodes.show.summary': "Montrer les étiquettes d'un nœud, et ce qu'il fait",
  'nodes.empty': "Aucun nœud ne s'est annoncé récemment.",
  'nodes.unknown': "aucun nœud « {name} » ne s'est annoncé récemment",
  'nodes.unknown.hint': "`sovfn nodes list` montre ceux qui l'ont fait.",
  'nodes.undeclared': 'non déclaré',
  'nodes.assumed': "{country} (supposé, personne ne l'a déclaré)",
  'nodes.row.serves': 'sert',
  'nodes.row.satisfies': 'peut servir',
  'nodes.row.country': 'pays',
  'nodes.row.region': 'région',
  'nodes.row.city': 'ville',
  'nodes.row.operator': 'exploitant',
  'nodes.row.provider': 'propriétaire',
  'nodes.row.seat': 'siège légal',
  'nodes.row.certs': 'certifications',
  'nodes.row.labels': 'étiquettes',
  'nodes.row.lock': 'verrouillage',
  'nodes.row.load': 'charge',
  'nodes.row.seen': 'vu',
  'nodes.labels': "signées par la plateforme le {from}, valables jusqu'au {to}",
  'nodes.lock.process': '{level} : les cellules sont des processus à part',
  'nodes.lock.filtered': '{level} : les appels système des cellules sont filtrés aussi',
  'nodes.load': '{cells} cellules, {versions} versions',
  'nodes.claim':
    "Les étiquettes sont ce que déclare l'exploitant de la plateforme. Leur signature prouve qui l'a déclaré, non que c'est vrai.",
};
