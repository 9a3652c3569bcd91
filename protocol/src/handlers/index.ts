export * from './batch.ts';
export * from './report.ts';
export * from './scheduled.ts';
