export * from './accepting.ts';
export * from './callback.ts';
export * from './event.ts';
export * from './record.ts';
