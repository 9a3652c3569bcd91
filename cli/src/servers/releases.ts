import type { ReleaseFile } from './catalogue.ts';

export const NATS_RELEASES: readonly ReleaseFile[] = [];
export const MINIO_RELEASES: readonly ReleaseFile[] = [];
