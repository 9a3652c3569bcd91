export { type CurrentPlatform, readCurrentPlatform } from './current.ts';
export { defaultDataFolder } from './data-folder.ts';
