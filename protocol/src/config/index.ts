export * from './duration.ts';
export { readEgressPattern } from './egress.ts';
export * from './events.ts';
export * from './queues.ts';
export * from './schedules.ts';
export { nameOfSecret } from './secrets.ts';
export * from './webhooks.ts';
