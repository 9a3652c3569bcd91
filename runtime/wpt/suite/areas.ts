/** Which folders of the Web Platform Tests are run, and what workerd publishes of the same folders. */

/**
 * workerd's own expectation files (`src/wpt` of its repository, of 22 August 2026): the `.any.js` files that it lists for a
 * folder, and those of which it expects a failure or leaves something out.
 */
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
  area('WebCryptoAPI', false, { files: 74, withFailures: 39 }),
  area('compression', true, { files: 19, withFailures: 16 }),
  area('console', true),
  area('dom/abort', true, { files: 4, withFailures: 1 }),
  area('dom/events', true, { files: 9, withFailures: 5 }),
  area('encoding', false, { files: 37, withFailures: 8 }),
  area('hr-time', true),
  area('html/webappapis', true),
  area('streams', true, { files: 70, withFailures: 44 }),
  area('url', false, { files: 24, withFailures: 3 }),
  area('webidl', true, { files: 13, withFailures: 12 }),
];

/** Folders of the pinned copy that are not run, each with the reason. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  'performance-timeline, user-timing, resource-timing':
    'not in ECMA-429; of Performance it has High Resolution Time only',
  'wasm/jsapi, wasm/webapi': 'WebAssembly is off unless a function asks for it (see web-platform.md)',
  'webmessaging/broadcastchannel': 'not in ECMA-429, and isolates share nothing to broadcast to',
  webstorage: 'not in ECMA-429; storage is a binding',
};

/** Folders that test ECMA-429 too and that the pinned copy does not hold. */
export const NOT_IN_COPY = ['fetch/api', 'urlpattern', 'webmessaging/message-channels', 'xhr/formdata'] as const;
