export { type ServerName, SERVERS, type ServerSpec } from './catalogue.ts';
export type { OnServerProgress, ServerProgress, ServerStep } from './progress.ts';
export { provideServer, type ProvidedServer, type ProvideOptions } from './provide.ts';
export { inspectServer, type ServerInspection } from './inspect.ts';
export { claimFreePort, claimPort, isPortFree, LOOPBACK, type PortClaim } from './free-port.ts';
export { codeCacheFolder, hashFile } from './cache.ts';
