/** Textes sur les pays où les fonctions s'exécutent, en français. */
import type { countriesEn } from './countries-en.ts';

export const countriesFr: Readonly<Record<keyof typeof countriesEn, string>> = {
  'argument.country': 'Pays, deux majuscules (ISO 3166-1)',
  'column.runs-in': "s'exécute en",
  'column.waits': "en attente d'accord",
  'countries.list.summary': "Lister les pays où chaque fonction peut s'exécuter, et ceux qui attendent un accord",
  'countries.accept.summary': "Accepter que des fonctions s'exécutent dans un pays où leur zone a désormais un nœud",
  'countries.accept.function': 'Cette fonction seulement ; par défaut : toutes celles qui attendent ce pays',
  'countries.withdraw.summary':
    "Retirer l'accord pour un pays : les appels en cours là-bas se terminent, et aucun autre n'y commence",
  'countries.withdraw.function':
    "Cette fonction seulement ; par défaut : toutes celles qui peuvent aussi s'exécuter ailleurs",
  'countries.nothing-to-withdraw': "Aucune fonction ne peut s'exécuter à la fois en {country} et ailleurs.",
  'countries.withdrawn':
    "{names} : plus d'exécution en {country}. Les appels en cours là-bas se terminent ; le journal d'audit l'a noté.",
  'countries.none': 'aucun',
  'countries.invalid': "« {country} » n'est pas un pays : deux majuscules, par exemple DE",
  'countries.nothing-waits': "Aucune fonction n'attend {country}.",
  'countries.accepted': "{names} : exécution permise en {country} à partir de maintenant. Le journal d'audit l'a noté.",
  'countries.waiting':
    "{name} ne s'exécute pas sur les nœuds en {country} avant votre accord : sovfn countries accept {country} --function {name}",
  'countries.some-wait': 'Les nœuds en {countries} ne servent pas avant votre accord : sovfn countries list',
};
