export { readConfig, type SupervisorConfig, supervisorConfigSchema } from './supervisor/config.ts';
export { jsonLog, type Log, type LogEntry } from './supervisor/logger.ts';
export { startSupervisor, type Supervisor, type SupervisorOptions } from './supervisor/supervisor.ts';
