export { freePort, freePorts } from './free-ports.ts';
export {
  changeOf,
  COUNTED_NODE_FLAGS,
  countedCommand,
  countPerCall,
  closestCount,
  whyUncounted,
} from './instructions.ts';
export { makePlatformIdentity, PARIS, type TestPlatformIdentity } from './identity.ts';
export { type MinioServer, startMinio } from './minio.ts';
export { NameServer } from './name-server.ts';
export { type NatsOptions, type NatsServer, startNats } from './nats.ts';
export { type NatsCluster, startNatsCluster } from './nats-cluster.ts';
export { type SoftHsm, startSoftHsm } from './softhsm.ts';
export { type StallingProxy, startStallingProxy } from './stalling-proxy.ts';
export { type FunctionSource, startPlatform, type TestPlatform } from './platform.ts';
export { makeTemporaryFolder, type TemporaryFolder } from './temporary-folder.ts';
export { connectToBusOf } from './platform-bus.ts';
