export { makeControlApp } from './app.ts';
