import type { KeptSpan } from './kept-spans.ts';
import type { OtlpAttribute } from './otlp.ts';

interface Scope {
  readonly name: string;
  readonly version: string;
}

interface ScopeSpans {
  readonly scope: Scope;
  readonly spans: object[];
}

interface ResourceSpans {
  readonly resource: { readonly attributes: readonly OtlpAttribute[] };
  readonly scopeSpans: ScopeSpans[];
}

/** `resourceSpans` of OTLP. `own`: of the spans of the gateway itself. */
export function groupSpans(
  spans: readonly KeptSpan[],
  own: { readonly resource: ResourceSpans['resource']; readonly scope: Scope },
): ResourceSpans[] {
  const origins = new Map<string, ResourceSpans>();
  const scopes = new Map<string, ScopeSpans>();
  for (const { origin, tracer, span } of spans) {
    const key = origin?.key ?? '';
    const scope = tracer ?? own.scope;
    const scopeKey = JSON.stringify([key, scope.name, scope.version]);
    let ofScope = scopes.get(scopeKey);
    if (ofScope === undefined) {
      const resource = origin === null ? own.resource : { attributes: origin.attributes };
      const ofOrigin = origins.get(key) ?? { resource, scopeSpans: [] };
      scopes.set(scopeKey, (ofScope = { scope, spans: [] }));
      origins.set(key, ofOrigin);
      ofOrigin.scopeSpans.push(ofScope);
    }
    ofScope.spans.push(span);
  }
  return [...origins.values()];
}
