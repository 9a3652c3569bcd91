/** Texts about the audit log, in English. */
export const auditEn = {
  'argument.audit-export': 'File that `audit export` wrote (default: the log itself, read from the platform)',
  'audit.list.summary': 'List what was changed on the platform, and by whom, the newest first',
  'audit.verify.summary':
    'Verify the audit log, or an export of it; names the first entry that is not as it was written',
  'audit.export.summary': 'Export the entries of a tenant, with proofs that need no platform',
  'audit.all': 'Of every tenant and of the platform itself',
  'audit.limit': 'How many entries (default 50, at most 500)',
  'audit.before': 'Only entries older than this index',
  'audit.copy':
    'Copy of the checkpoints to compare with; may be given several times (default: that of the current platform)',
  'audit.archive': 'Only the copies in the object store, such as after the log on the bus was lost',
  'audit.archive-valid': 'The copies in the object store verify: {count} entries, from the first one on',
  'audit.archive-invalid': 'What follows is about the copies in the object store, not about the log on the bus:',
  'audit.archived': 'The copies in the object store verify too, and are the same: {count} entries so far.',
  'audit.empty': 'There are no entries.',
  'audit.more': 'There are older ones: --before {next}',
  'audit.exported': '{count} entries of {tenant}, to be verified with `sovfn audit verify <file>`',
  'audit.valid': 'The log verifies: {count} entries, from the first one on',
  'audit.export-valid': 'The export verifies: {count} entries of {tenant}, none left out between them',
  'audit.no-copy': 'Without a copy of the checkpoints (--copy), entries that are missing at the end cannot be noticed.',
  'audit.copies': 'Compared with {files}.',
  'column.index': 'index',
  'column.who': 'who',
  'column.what': 'what',
  'column.details': 'details',
} as const;
