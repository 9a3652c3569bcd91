export {
  auditCopyFile,
  type CurrentPlatform,
  type Environment,
  platformFolder,
  platformKeyFile,
  readCurrentOperator,
  readCurrentPlatform,
} from './current.ts';
export { defaultDataFolder, defaultNodeFolder } from './data-folder.ts';
export { type DoctorCheck } from './doctor/check.ts';
export { type DoctorOptions, runDoctor } from './doctor/run.ts';
export { downPlatform, type DownResult } from './down.ts';
export type { DeclaredPlace } from './enrol.ts';
export { addNode, type AddNodeOptions } from './fleet/add-node.ts';
export { type AddedZone, addZone, type AddZoneOptions } from './fleet/add-zone.ts';
export { MOST_GATEWAYS } from './gateways.ts';
export { removeNode, type RemoveNodeOptions } from './fleet/remove-node.ts';
export type { FleetSettings, HostPort } from './fleet/settings.ts';
export type { PartName } from './layout.ts';
export type { PartEvent } from './part.ts';
export type { PortName, Ports } from './ports.ts';
export type { PlatformFacts, RunningPlatform } from './running-platform.ts';
export { type LocalStatus, platformStatus } from './status.ts';
export { upPlatform, type UpOptions, type UpProgress } from './up.ts';
