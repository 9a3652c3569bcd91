/** How firmly the operating system confines a cell, as it reports it itself before it has any tenant's code. */
import { z } from 'zod';

/** A process of its own, nothing more. */
export const LOCK_LEVEL_PROCESS = 1;
/** Also a filter of system calls, and no way to new privileges. */
export const LOCK_LEVEL_FILTERED = 2;

export const lockLevelSchema = z.union([z.literal(LOCK_LEVEL_PROCESS), z.literal(LOCK_LEVEL_FILTERED)]);
export type LockLevel = z.output<typeof lockLevelSchema>;
