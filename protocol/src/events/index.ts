export * from './event.ts';
export * from './record.ts';
