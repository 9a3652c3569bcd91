export * from './ledger.ts';
export * from './rules.ts';
