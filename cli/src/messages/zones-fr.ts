import type { zonesEn } from './zones-en.ts';

/** Texts about zones, in French. */
export const zonesFr: Readonly<Record<keyof typeof zonesEn, string>> = {
  'argument.named-zone': "Nom d'une zone que l'exploitant a nommée",
  'argument.new-zone': "Nom de la zone : a–z, 0–9 et - ; pas celui d'un pays ou d'une région",
  'column.asks': 'exige',
  'column.nodes': 'nœuds',
  'zones.list.summary':
    'Lister les zones que les fonctions peuvent exiger, leurs exigences et les nœuds qui les servent',
  'zones.show.summary': "Montrer ce qu'exige une zone nommée",
  'zones.add.summary': "Nommer une zone par ce qu'elle exige des étiquettes des machines ; cela ne change jamais",
  'zones.add.country': 'Un de ces pays, deux lettres chacun, séparés par des virgules',
  'zones.add.region': 'Une de ces régions, comme dans ISO 3166-2, séparées par des virgules',
  'zones.add.operator': "Exploitée par celui-ci ; donné plusieurs fois, par l'un d'eux",
  'zones.add.legal-seat': "Exploitée sous le droit d'un de ces pays, séparés par des virgules",
  'zones.add.certs': 'Avec toutes ces certifications, séparées par des virgules',
  'zones.derived': "le pays, la région ou l'Union de son nom",
  'zones.no-node': 'aucun',
  'zones.or': 'ou',
  'zones.country': 'pays {list}',
  'zones.region': 'région {list}',
  'zones.operator': 'exploitant {list}',
  'zones.seat': 'siège légal {list}',
  'zones.certs': 'certifications {list}',
  'zones.unknown': 'cette plateforme ne sert pas de zone « {name} »',
  'zones.has-no-definition': "la zone « {name} » découle du pays et de la région seuls : personne ne l'a définie",
  'zones.unknown.hint':
    "`sovfn zones list` montre celles qu'elle sert. Une zone nommée par `sovfn zones add` est servie après le redémarrage de `sovfn up`.",
  'zones.added': "{zone} exige : {asks}. Le journal d'audit dit qui l'a nommée.",
  'zones.machine': 'cette machine',
  'zones.in': 'dans la zone',
  'zones.out': 'hors de la zone ({what} : {is})',
  'zones.asks-nothing': "la zone « {zone} » n'exige rien",
  'zones.asks-nothing.hint': 'Donnez au moins une de ces options : {options}.',
  'zones.restart':
    'Redémarrez `sovfn up`, puis `sovfn node` sur chaque nœud qui en est : elle est servie dès lors, et pas avant.',
  'zones.unserved':
    "Cette machine porte la passerelle, NATS et le stockage de la plateforme, par où passent les données d'une zone : tant qu'elle n'est pas dans la zone, celle-ci n'est pas servie. Déclarez ce qui manque avec `sovfn up`, si c'est vrai.",
  'receipts.zone':
    'Fichier de `sovfn zones show --json` : le reçu doit être de cette zone, par des machines qui la satisfont',
  'receipts.row.zone': 'zone exigeant',
  'receipts.zone-unreadable': "{file} ne contient pas la définition d'une zone",
  'receipts.zone-unreadable.hint': 'Écrivez-la avec `sovfn zones show <zone> --json`.',
};
