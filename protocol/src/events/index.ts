export * from './accepting.ts';
export * from './callback.ts';
export * from './dead-letter.ts';
export * from './dispatch.ts';
export * from './event.ts';
export * from './record.ts';
