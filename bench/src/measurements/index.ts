import { budget } from './budget.ts';
import { coldStart } from './cold-start.ts';
import { deploy } from './deploy.ts';
import { encryption } from './encryption.ts';
import { events } from './events.ts';
import { fairness } from './fairness.ts';
import { fanOut } from './fan-out.ts';
import { halfLoad } from './half-load.ts';
import { hello } from './hello.ts';
import { manyFunctions } from './many-functions.ts';
import type { Measurement } from './measurement.ts';
import { memory } from './memory.ts';
import { receipts } from './receipts.ts';
import { reload } from './reload.ts';
import { schedules } from './schedules.ts';
import { streams } from './streams.ts';
import { workloads } from './workloads.ts';

/** In the order in which they run and are shown. */
export const MEASUREMENTS: readonly Measurement[] = [
  hello,
  halfLoad,
  workloads,
  fanOut,
  budget,
  receipts,
  encryption,
  coldStart,
  memory,
  manyFunctions,
  deploy,
  reload,
  streams,
  events,
  fairness,
  schedules,
];
