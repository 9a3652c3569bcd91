export * from './login.ts';
export * from './scopes.ts';
export * from './tenants.ts';
export * from './tokens.ts';
