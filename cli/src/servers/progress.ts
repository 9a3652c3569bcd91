import type { ServerName } from './catalogue.ts';

/** Where a binary may come from, in the order of trying. */
export type ServerStep = 'explicit' | 'path' | 'cache' | 'release' | 'build';

/** What `provideServer` reports while it works. `waiting`: another process is providing the same server. */
export type ServerProgress =
  | { readonly type: 'tried'; readonly server: ServerName; readonly step: ServerStep; readonly result: string }
  | { readonly type: 'waiting'; readonly server: ServerName; readonly ownerPid: number }
  | { readonly type: 'downloading'; readonly server: ServerName; readonly bytes: number; readonly total: number | null }
  | { readonly type: 'building'; readonly server: ServerName; readonly packages: number; readonly line: string }
  | { readonly type: 'ready'; readonly server: ServerName; readonly step: ServerStep; readonly path: string };

export type OnServerProgress = (event: ServerProgress) => void;
