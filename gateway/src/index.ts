export { type GatewayConfig, gatewayConfigSchema, type GatewaySecrets, readConfig, readSecrets } from './config.ts';
export type { GatewayContext } from './context.ts';
export { makeLog, type Log } from './logger.ts';
export { type Gateway, startGateway } from './service.ts';
