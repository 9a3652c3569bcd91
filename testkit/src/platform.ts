/** A whole platform as `sovfn up` makes it: real servers, gateway and node, on free ports, with data that is removed. */
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildFunction } from '@sovfn/builder';
import { type DeployResponse, deployResponseSchema, PROTOCOL_VERSION } from '@sovfn/protocol';
import {
  addNode,
  type FleetSettings,
  type PartName,
  type RunningPlatform,
  upPlatform,
  type UpProgress,
} from 'sovfn/platform';
import { freePorts } from './free-ports.ts';
import { makeTemporaryFolder, type TemporaryFolder } from './temporary-folder.ts';

const DEPLOY_MS = 30_000;
const BUNDLE_MS = 600_000;

/** A function written in the test. */
export interface FunctionSource {
  readonly name: string;
  /** Text of `index.ts`. */
  readonly code: string;
  /** Further keys of `sovfn.jsonc`. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Further files by path. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface TestPlatform extends AsyncDisposable {
  readonly publicUrl: string;
  /** Control APIs of gateways beside the first. */
  readonly furtherGateways: readonly string[];
  readonly controlUrl: string;
  readonly operatorUrl: string;
  readonly token: string;
  /** Data folder. */
  readonly data: string;
  /** Of the parts that run now. */
  readonly pids: ReadonlyMap<PartName, number>;
  /** Makes `sovfn` in a child process use this platform. */
  readonly environment: Readonly<Record<`SOVFN_${'' | 'OPERATOR_'}${'URL' | 'TOKEN'}`, string>>;
  /** Builds and deploys a folder, or a function written in the test. */
  deploy(what: string | FunctionSource): Promise<DeployResponse>;
  /** Sends a request to the public port; `path` begins with a slash. */
  call(path: string, init?: RequestInit): Promise<Response>;
  /** Sends a request with the token to the control API. */
  control(path: string, init?: RequestInit): Promise<Response>;
  /** The same on the operator's listener, with the operator's token. */
  operator(path: string, init?: RequestInit): Promise<Response>;
  /** As `sovfn nodes add`: writes the bundle to `out`. */
  addNode(node: string, of: { readonly country: string; readonly out: string }): Promise<void>;
  /** Resolves when the part comes into that state after now. */
  untilPart(part: PartName, state: 'died' | 'ready'): Promise<void>;
  /** Everything a part has logged. */
  log(part: PartName): Promise<string>;
}

export interface TestPlatformOptions {
  /** As with `sovfn up --allow-private`. */
  readonly allowPrivate?: boolean;
  /** As with `sovfn up --oidc`. */
  readonly oidcFile?: string;
  /** As with `sovfn up --otlp`. */
  readonly otlp?: string;
  /** As with `sovfn up --listen-nodes`, `--zones` and `--gateways`, of which there is one if nothing is said. */
  readonly fleet?: Partial<FleetSettings>;
}

export async function startPlatform({
  allowPrivate = false,
  fleet = {},
  oidcFile,
  otlp,
}: TestPlatformOptions = {}): Promise<TestPlatform> {
  await using undo = new AsyncDisposableStack();
  const folder = undo.use(await makeTemporaryFolder('platform'));
  const sources = undo.use(await makeTemporaryFolder('functions'));
  const listeners = new Set<(event: UpProgress) => void>();
  const platform = undo.use(
    await upPlatform({
      data: join(folder.path, 'data'),
      ports: await choosePorts(),
      isCurrent: false,
      allowPrivate,
      fleet: { gateways: 1, ...fleet },
      ...(oidcFile === undefined ? {} : { oidcFile }),
      ...(otlp === undefined ? {} : { otlp }),
      onProgress: (event) => listeners.forEach((listener) => listener(event)),
    }),
  );
  return testPlatform(platform, { listeners, sources, owned: undo.move() });
}

interface PlatformParts {
  readonly listeners: Set<(event: UpProgress) => void>;
  readonly sources: TemporaryFolder;
  readonly owned: AsyncDisposableStack;
}

function testPlatform(platform: RunningPlatform, { listeners, sources, owned }: PlatformParts): TestPlatform {
  const { urls, token, operatorToken, data, furtherGateways } = platform.facts;
  const asking = (url: string, bearer: string) => {
    return async (path: string, init: RequestInit = {}): Promise<Response> => {
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${bearer}`);
      return fetch(`${url}${path}`, { ...init, headers });
    };
  };
  const control = asking(urls.control, token);
  const operator = asking(urls.operator, operatorToken);
  return {
    publicUrl: urls.public,
    furtherGateways,
    controlUrl: urls.control,
    operatorUrl: urls.operator,
    token,
    data,
    environment: {
      ...{ SOVFN_URL: urls.control, SOVFN_TOKEN: token },
      ...{ SOVFN_OPERATOR_URL: urls.operator, SOVFN_OPERATOR_TOKEN: operatorToken },
    },
    control,
    operator,
    get pids() {
      return platform.pids;
    },
    deploy: async (what) => deploy(control, typeof what === 'string' ? what : await writeSource(sources.path, what)),
    call: async (path, init) => fetch(`${urls.public}${path}`, init),
    addNode: async (node, { country, out }) => {
      const tellGateways = async (name: string, state: object): Promise<void> => {
        const path = `/v1/nodes/${name}/enrolment`;
        const headers = { 'content-type': 'application/json' };
        const response = await operator(path, { method: 'PUT', headers, body: JSON.stringify(state) });
        if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
      };
      const options = { data, node, place: { country }, zones: null, address: null, validMs: BUNDLE_MS, tellGateways };
      await writeFile(out, JSON.stringify(await addNode(options)), { mode: 0o600 });
    },
    untilPart: async (part, state) => {
      const reached = Promise.withResolvers<void>();
      const listener = (event: UpProgress): void => {
        if (event.type === 'part' && event.part === part && event.state === state) reached.resolve();
      };
      listeners.add(listener);
      await reached.promise;
      listeners.delete(listener);
    },
    log: async (part) => readFile(join(data, 'logs', `${part}.log`), 'utf8'),
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
}

/** Free ports, not the defaults: tests run beside each other and beside the user's own platform. */
async function choosePorts() {
  const [publicPort, control, operator, bus, store, monitor] = await freePorts(6);
  return { public: publicPort!, control: control!, operator: operator!, bus: bus!, store: store!, monitor: monitor! };
}

async function writeSource(folder: string, { name, code, config, files }: FunctionSource): Promise<string> {
  const root = await mkdtemp(join(folder, `${name}-`));
  const manifest = JSON.stringify({ name, main: 'index.ts', ...config });
  for (const [path, content] of Object.entries({ ...files, 'index.ts': code, 'sovfn.jsonc': manifest })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

async function deploy(control: TestPlatform['control'], folder: string): Promise<DeployResponse> {
  const { config, manifest, version, bundle, sourceMap } = await buildFunction(folder);
  const response = await control(`/v1/functions/${config.name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ v: PROTOCOL_VERSION, version, manifest, bundle, sourceMap }),
    signal: AbortSignal.timeout(DEPLOY_MS),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`Deploying ${config.name} was answered with ${response.status}: ${answer}`);
  return deployResponseSchema.parse(JSON.parse(answer));
}
