/** Texts about support access, in English. */
export const supportEn = {
  'support.grant.summary':
    'Agree that the operator of the platform reads logs, outputs and events of the tenant, for a time',
  'support.list.summary': 'List what the tenant has agreed to, those that ended lately included',
  'support.revoke.summary': 'Take the agreement back: from then on the operator reads nothing',
  'support.ttl': 'For how long, such as 2h; at most 7d',
  'support.reason': 'What for: stands in the list and in the audit log',
  'support.tenant': 'For operators: of this tenant, while it has agreed (sovfn support grant)',
  'support.no-ttl': '--ttl is missing: an agreement ends by itself',
  'support.bad-ttl': '--ttl is "{ttl}"',
  'support.bad-ttl.hint': 'Write a number and a unit, such as 2h: from 1s up to 7d.',
  'support.granted':
    'The operator may read logs, outputs and events of {tenant} until {time}. Take it back: sovfn support revoke {id}',
  'support.ended': '{id} has ended: the operator reads nothing of {tenant} by it any more',
  'support.empty': 'The tenant {tenant} has not agreed to support access.',
  'support.active': 'active',
  'support.expired': 'over',
  'support.revoked': 'taken back',
  'argument.support-id': 'Id of the grant, as `support list` shows it',
  'column.by': 'by',
  'column.reason': 'reason',
} as const;
