/** What the menus of the site show, in both languages. Pages themselves are the files of `docs/`. */

/** A page's title and its path in `docs/`, without `.md`. */
type Page = readonly [title: string, path: string];

const START: readonly Page[] = [
  ['Ten minutes', 'tutorial'],
  ['HTTP', 'guides/http'],
  ['Webhooks', 'guides/webhooks'],
  ['Schedules', 'guides/schedules'],
  ['Queues', 'guides/queues'],
  ['Asynchronous calls', 'guides/async'],
  ['Lambda and Express', 'guides/adapters'],
  ['Coming from Workers', 'guides/from-workers'],
];

const DEBUT: readonly Page[] = [
  ['Dix minutes', 'fr/tutorial'],
  ['HTTP', 'fr/guides/http'],
  ['Webhooks', 'fr/guides/webhooks'],
  ['Horaires', 'fr/guides/schedules'],
  ['Files d’attente', 'fr/guides/queues'],
  ['Appels asynchrones', 'fr/guides/async'],
  ['Lambda et Express', 'fr/guides/adapters'],
  ['Venir de Workers', 'fr/guides/from-workers'],
  ['Erreurs', 'fr/errors'],
];

const DEVELOPING: readonly Page[] = [
  ['Developing', 'developing'],
  ['Testing', 'testing'],
  ['Deploying, and going back', 'deploying'],
  ['fetch and bindings', 'bindings'],
  ['Secrets', 'secrets'],
  ['Egress', 'egress'],
  ['Outputs', 'outputs'],
  ['Export', 'export'],
  ['Logs', 'logs'],
  ['Durable events', 'events'],
  ['Schedules, in full', 'schedules'],
  ['The Web platform', 'web-platform'],
  ['Packages', 'packages'],
];

const OPERATING: readonly Page[] = [
  ['Runbook', 'runbook'],
  ['Several machines', 'several-machines'],
  ['Tenants, tokens, roles', 'access'],
  ['Login', 'login'],
  ['Metrics', 'metrics'],
  ['Encryption at rest', 'encryption'],
  ['Supply chain', 'supply-chain'],
];

const PROOF: readonly Page[] = [
  ['Security', 'security'],
  ['Sovereignty', 'sovereignty'],
  ['The sandbox', 'sandbox'],
  ['Receipts', 'receipts'],
  ['Audit log', 'audit'],
  ['What each credential can reach', 'credentials'],
];

const REFERENCE: readonly Page[] = [
  ['sovfn.jsonc', 'reference/config'],
  ['Command line', 'reference/cli'],
  ['Results as JSON', 'reference/json'],
  ['Control API', 'reference/api'],
  ['Errors', 'errors'],
  ['Limits', 'limits'],
  ['All metrics', 'metrics'],
];

const INSIDE: readonly Page[] = [
  ['Architecture', 'architecture'],
  ['Performance', 'performance'],
  ['Faults', 'faults'],
  ['Hazards', 'hazards'],
  ['Soak', 'soak'],
  ['Web platform tests', 'wpt'],
  ['Decisions', 'adr/'],
];

function group(text: string, pages: readonly Page[], collapsed?: boolean) {
  const items = pages.map(([title, path]) => ({ text: title, link: `/${path}` }));
  return collapsed === undefined ? { text, items } : { text, items, collapsed };
}

export const english = {
  theme: {
    nav: [
      { text: 'Tutorial', link: '/tutorial' },
      { text: 'Reference', link: '/reference/cli' },
      { text: 'Runbook', link: '/runbook' },
      { text: 'Sovereignty', link: '/sovereignty' },
    ],
    sidebar: {
      '/': [
        group('Start', START),
        group('Developing', DEVELOPING, false),
        group('Operating', OPERATING, false),
        group('Security and proof', PROOF, false),
        group('Reference', REFERENCE, false),
        group('Inside', INSIDE, true),
      ],
    },
    outline: { level: [2, 3] },
  },
};

export const french = {
  description: 'Des fonctions serverless sur vos propres machines, sous votre propre droit.',
  theme: {
    nav: [
      { text: 'Tutoriel', link: '/fr/tutorial' },
      { text: 'Référence (anglais)', link: '/reference/cli' },
      { text: 'Exploitation (anglais)', link: '/runbook' },
    ],
    sidebar: {
      '/fr/': [
        group('Commencer', DEBUT),
        group('Développer (anglais)', DEVELOPING, true),
        group('Exploiter (anglais)', OPERATING, true),
        group('Sécurité et preuves (anglais)', PROOF, true),
        group('Référence (anglais)', REFERENCE, true),
      ],
    },
    outline: { level: [2, 3], label: 'Sur cette page' },
    docFooter: { prev: 'Page précédente', next: 'Page suivante' },
    darkModeSwitchLabel: 'Apparence',
    lightModeSwitchTitle: 'Passer au thème clair',
    darkModeSwitchTitle: 'Passer au thème sombre',
    sidebarMenuLabel: 'Menu',
    returnToTopLabel: 'Haut de la page',
    langMenuLabel: 'Langue',
    skipToContentLabel: 'Aller au contenu',
    notFound: {
      title: 'PAGE INTROUVABLE',
      quote: 'Cette adresse ne mène à aucune page.',
      linkLabel: 'aller à l’accueil',
      linkText: 'Accueil',
    },
  },
  search: {
    button: { buttonText: 'Rechercher', buttonAriaLabel: 'Rechercher' },
    modal: {
      displayDetails: 'Afficher les détails',
      resetButtonTitle: 'Effacer la recherche',
      backButtonTitle: 'Fermer la recherche',
      noResultsText: 'Aucun résultat pour',
      footer: {
        selectText: 'choisir',
        selectKeyAriaLabel: 'Entrée',
        navigateText: 'parcourir',
        navigateUpKeyAriaLabel: 'Flèche vers le haut',
        navigateDownKeyAriaLabel: 'Flèche vers le bas',
        closeText: 'fermer',
        closeKeyAriaLabel: 'Échap',
      },
    },
  },
};
