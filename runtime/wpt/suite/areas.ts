/** Which folders of the Web Platform Tests are run, and what workerd publishes of the same folders. */

/** workerd's own expectation files: test files listed in its `src/wpt` for a folder, and those with expected failures. */
export interface Published {
  readonly files: number;
  readonly withFailures: number;
}

export interface Area {
  /** Also the folder. */
  readonly name: string;
  readonly workerd: Published | null;
  /** Run by `npm test`: quick, and of every kind. */
  readonly isInSample: boolean;
}

function area(name: string, isInSample: boolean, workerd: Published | null = null): Area {
  return { name, isInSample, workerd };
}

export const AREAS: readonly Area[] = [
  area('FileAPI', true),
  area('WebCryptoAPI', false, { files: 75, withFailures: 36 }),
  area('compression', true, { files: 19, withFailures: 15 }),
  area('console', true),
  area('dom/abort', true),
  area('dom/events', true),
  area('encoding', false),
  area('hr-time', true),
  area('html/webappapis', true),
  area('streams', true, { files: 75, withFailures: 41 }),
  area('url', false, { files: 28, withFailures: 4 }),
  area('webidl', true),
];

/** Folders of the pinned copy that are not run, each with the reason. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  'performance-timeline, user-timing, resource-timing':
    'not in ECMA-429; of Performance it has High Resolution Time only',
  'wasm/jsapi, wasm/webapi': 'WebAssembly is off in isolates: its memory is not counted (see architecture.md)',
  'webmessaging/broadcastchannel': 'not in ECMA-429, and isolates share nothing to broadcast to',
  webstorage: 'not in ECMA-429; storage is a binding',
};

/** Folders that test ECMA-429 too and that the pinned copy does not hold. */
export const NOT_IN_COPY = ['fetch/api', 'urlpattern', 'webmessaging/message-channels', 'xhr/formdata'] as const;
