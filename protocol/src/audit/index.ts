export * from './control.ts';
export * from './entry.ts';
export * from './verify.ts';
