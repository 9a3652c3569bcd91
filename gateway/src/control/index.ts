export { makeControlApp } from './control-app.ts';
