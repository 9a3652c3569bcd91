export { canonicalJson, type CanonicalValue, readableJson } from './canonical-json.ts';
export * from './check-labels.ts';
export * from './labels.ts';
export * from './named-zones.ts';
export * from './place.ts';
export * from './signers.ts';
export * from './signing.ts';
export * from './store-place.ts';
export * from './transparency.ts';
