/** Finds an output by its invocation alone, which does not say whose it is. */
import { isSovfnError, SovfnError } from '@sovfn/protocol';
import type { GatewayContext } from '../context.ts';
import type { OutputContent } from '../outputs/index.ts';

/** Functions that are asked at the same time. */
const AT_ONCE = 32;
const LISTED_FUNCTIONS = 10_000;

/** Looks through the outputs of the tenant's functions. Throws `output-not-found`, or why a place could not be read. */
export async function findOutput(context: GatewayContext, tenant: string, invocation: string): Promise<OutputContent> {
  const names = [...(await functionsWithOutputs(context, tenant))];
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const asked = names.slice(from, from + AT_ONCE).map(async (name) => {
      return getOrNull(context, { tenant, function: name, invocation });
    });
    const found = (await Promise.all(asked)).find((content) => content !== null);
    if (found !== undefined) return found;
  }
  throw new SovfnError('output-not-found', `there is no output of the invocation ${invocation}`, {
    hint: 'Outputs of calls are kept when sovfn.jsonc says "outputs": "all"; `sovfn outputs list <function>` shows them.',
  });
}

/** Deployed functions, and deleted ones that left outputs. While the store is away, the deployed ones alone. */
async function functionsWithOutputs(context: GatewayContext, tenant: string): Promise<Set<string>> {
  const { functions, store, config } = context;
  const deployed = functions.names(tenant);
  try {
    const listing = await store.list(config.store.outputs, `${tenant}/`, { limit: LISTED_FUNCTIONS, delimiter: '/' });
    const stored = listing.prefixes.map((prefix) => prefix.slice(tenant.length + 1, -1));
    return new Set([...deployed, ...stored]);
  } catch (error) {
    if (!isSovfnError(error) || error.code === 'internal-error') throw error;
    return new Set(deployed);
  }
}

async function getOrNull(
  { outputs }: GatewayContext,
  address: Parameters<GatewayContext['outputs']['reader']['get']>[0],
): Promise<OutputContent | null> {
  try {
    return await outputs.reader.get(address);
  } catch (error) {
    if (isSovfnError(error) && error.code === 'output-not-found') return null;
    throw error;
  }
}
