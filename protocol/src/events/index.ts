export * from './accepting.ts';
export * from './event.ts';
export * from './record.ts';
