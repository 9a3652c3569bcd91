export * from './ledger.ts';
export * from './reach.ts';
export * from './rules.ts';
export * from './secret-uses.ts';
