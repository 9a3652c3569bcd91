/**
 * Spans that a function makes by the API of OpenTelemetry: this is the provider behind the API, and what carries its contexts
 * across `await`. Evaluated when a bundle that holds the API hands it over (builder/src/bundle/span-apis.ts), after the
 * function's module: a provider that the function has registered by then stays, and nothing is collected.
 */
import type * as openTelemetry from '@opentelemetry/api';
import type { Context, ContextManager, Tracer, TracerProvider } from '@opentelemetry/api';
import { readActiveSpanWith } from '../core/active-span.guest.ts';
import { reflectApply } from '../core/primordials.guest.ts';
import { FunctionTracer } from './tracer.guest.ts';

/** What is used of the API: whatever copy and version of it the function has. */
export type SpanApi = Pick<
  typeof openTelemetry,
  'context' | 'trace' | 'isSpanContextValid' | 'ROOT_CONTEXT' | 'INVALID_SPAN_CONTEXT'
>;

/** AsyncLocalStorage of the bundle. */
export interface ContextStorage {
  getStore(): Context | undefined;
  run<Result>(store: Context, callback: () => Result): Result;
}

export function connectApis(apis: readonly SpanApi[], storage: ContextStorage): void {
  for (const api of apis) {
    api.context.setGlobalContextManager(new StoredContexts(api.ROOT_CONTEXT, storage));
    const isOurs = api.trace.setGlobalTracerProvider(new FunctionTracers(api));
    if (isOurs) readActiveSpanWith(() => activeParent(api));
  }
}

class FunctionTracers implements TracerProvider {
  readonly #api: SpanApi;

  constructor(api: SpanApi) {
    this.#api = api;
  }

  getTracer(name: string, version = ''): Tracer {
    return new FunctionTracer(this.#api, name, version);
  }
}

class StoredContexts implements ContextManager {
  readonly #root: Context;
  readonly #storage: ContextStorage;

  constructor(root: Context, storage: ContextStorage) {
    this.#root = root;
    this.#storage = storage;
  }

  active(): Context {
    return this.#storage.getStore() ?? this.#root;
  }

  with<Args extends unknown[], Run extends (...args: Args) => ReturnType<Run>>(
    context: Context,
    run: Run,
    self?: ThisParameterType<Run>,
    ...args: Args
  ): ReturnType<Run> {
    return this.#storage.run(context, () => reflectApply(run, self, args));
  }

  bind<Target>(context: Context, target: Target): Target {
    if (typeof target !== 'function') return target;
    const storage = this.#storage;
    return function (this: unknown, ...args: unknown[]): unknown {
      return storage.run(context, () => reflectApply(target, this, args) as unknown);
    } as Target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}

/** The active span may be anything that the function has put into its context. */
function activeParent({ context, trace, isSpanContextValid }: SpanApi): string {
  try {
    const span = trace.getSpanContext(context.active());
    if (span === undefined || !isSpanContextValid(span)) return '';
    const flags = (span.traceFlags & 0xff).toString(16).padStart(2, '0');
    return `00-${span.traceId}-${span.spanId}-${flags}`.toLowerCase();
  } catch {
    return '';
  }
}
