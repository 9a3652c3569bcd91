/** Texts about the countries in which functions run, in English. */
export const countriesEn = {
  'argument.country': 'Country, two capital letters (ISO 3166-1)',
  'column.runs-in': 'runs in',
  'column.waits': 'waits to be accepted',
  'countries.list.summary': 'List in which countries each function may run, and which ones wait to be accepted',
  'countries.accept.summary': 'Accept that functions run in a country in which their zone has got a node',
  'countries.accept.function': 'This function only; default: all that wait for the country',
  'countries.withdraw.summary':
    'Withdraw that functions run in a country: calls that run there finish, and no further ones begin',
  'countries.withdraw.function': 'This function only; default: all that may run there and elsewhere',
  'countries.nothing-to-withdraw': 'No function may run in {country} and elsewhere.',
  'countries.withdrawn': '{names}: not in {country} any more. Calls that run there finish; it is in the audit log.',
  'countries.none': 'none',
  'countries.invalid': '"{country}" is no country: two capital letters, such as DE',
  'countries.nothing-waits': 'No function waits for {country}.',
  'countries.accepted': '{names}: may run in {country} from now on. It is in the audit log.',
  'countries.waiting':
    '{name} does not run on nodes in {country} before you accept that: sovfn countries accept {country} --function {name}',
  'countries.some-wait': 'Nodes in {countries} are not used before you accept that: sovfn countries list',
} as const;
