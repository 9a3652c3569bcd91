import type { GatewayContext } from '../context.ts';
import { HttpPort, type ListenAddress, type RequestHandler } from '../http/server.ts';
import { makeControlHandlers } from './app.ts';

/** The tenants' listener, and the operator's where the configuration names one. `parts` closes them. */
export async function listenForControl(
  services: GatewayContext,
  parts: AsyncDisposableStack,
): Promise<[HttpPort, ...HttpPort[]]> {
  const { control, operator } = services.config;
  const handlers = makeControlHandlers(services);
  const listen = async (handle: RequestHandler, at: ListenAddress): Promise<HttpPort> => {
    return parts.adopt(await HttpPort.listen({ handle }, at), (port) => port.close());
  };
  const tenants = await listen((request, response) => void handlers.tenant(request, response), control);
  if (operator === undefined) return [tenants];
  return [tenants, await listen((request, response) => void handlers.operator(request, response), operator)];
}
