export * from './login.ts';
export * from './erasure.ts';
export * from './scopes.ts';
export * from './storage.ts';
export * from './support.ts';
export * from './tenants.ts';
export * from './tokens.ts';
