export { makeControlHandlers } from './app.ts';
