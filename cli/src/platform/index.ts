export { type CurrentPlatform, type Environment, readCurrentPlatform } from './current.ts';
export { defaultDataFolder } from './data-folder.ts';
export { downPlatform, type DownResult } from './down.ts';
export type { PartEvent } from './part.ts';
export type { PartName } from './layout.ts';
export type { PortName, Ports } from './ports.ts';
export type { PlatformFacts, RunningPlatform } from './running-platform.ts';
export { upPlatform, type UpOptions, type UpProgress } from './up.ts';
