export * from './duration.ts';
export * from './events.ts';
export * from './queues.ts';
export * from './schedules.ts';
export * from './webhooks.ts';
