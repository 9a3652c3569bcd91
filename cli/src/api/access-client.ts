/** What the control API does with tokens and tenants, as functions. */
import {
  type CreateTokenRequest,
  type LoginOptions,
  loginOptionsSchema,
  type LoginRequest,
  type ErasureAnswer,
  erasureAnswerSchema,
  type GrantSupportRequest,
  PROTOCOL_VERSION,
  type Quotas,
  type RevokeTokenResponse,
  revokeTokenResponseSchema,
  type SignedSignerList,
  type SignersAnswer,
  signersAnswerSchema,
  type SupportAnswer,
  supportAnswerSchema,
  type SupportList,
  supportListSchema,
  type TenantAnswer,
  tenantAnswerSchema,
  type TenantDetail,
  tenantDetailSchema,
  type TenantList,
  tenantListSchema,
  type TokenAnswer,
  tokenAnswerSchema,
  type TokenList,
  tokenListSchema,
} from '@sovfn/protocol';
import type { z } from 'zod';
import type { Request } from './control-client.ts';

/** `tenant` null: that of the token that asks. */
export class AccessClient {
  readonly #ask: <T>(request: Request, schema: z.ZodType<T>) => Promise<T>;

  constructor(ask: <T>(request: Request, schema: z.ZodType<T>) => Promise<T>) {
    this.#ask = ask;
  }

  /** Where people log in. */
  loginOptions(): Promise<LoginOptions> {
    return this.#ask({ path: '/v1/login' }, loginOptionsSchema);
  }

  logIn(body: LoginRequest): Promise<TokenAnswer> {
    return this.#ask({ method: 'POST', path: '/v1/login', body }, tokenAnswerSchema);
  }

  listTokens(tenant: string | null): Promise<TokenList> {
    return this.#ask({ path: '/v1/tokens', query: ofTenant(tenant) }, tokenListSchema);
  }

  createToken(body: CreateTokenRequest): Promise<TokenAnswer> {
    return this.#ask({ method: 'POST', path: '/v1/tokens', body }, tokenAnswerSchema);
  }

  rotateToken(id: string, tenant: string | null, overlapMs: number | null): Promise<TokenAnswer> {
    const body = { v: PROTOCOL_VERSION, overlapMs };
    return this.#ask(
      { method: 'POST', path: `${tokenPath(id)}/rotate`, query: ofTenant(tenant), body },
      tokenAnswerSchema,
    );
  }

  revokeToken(id: string, tenant: string | null): Promise<RevokeTokenResponse> {
    return this.#ask({ method: 'DELETE', path: tokenPath(id), query: ofTenant(tenant) }, revokeTokenResponseSchema);
  }

  listTenants(): Promise<TenantList> {
    return this.#ask({ path: '/v1/tenants' }, tenantListSchema);
  }

  showTenant(name: string): Promise<TenantDetail> {
    return this.#ask({ path: `/v1/tenants/${encodeURIComponent(name)}`, timeoutMs: null }, tenantDetailSchema);
  }

  createTenant(name: string, quotas: Quotas): Promise<TenantAnswer> {
    const body = { v: PROTOCOL_VERSION, name, quotas };
    return this.#ask({ method: 'POST', path: '/v1/tenants', body }, tenantAnswerSchema);
  }

  setTenant(name: string, quotas: Quotas): Promise<TenantAnswer> {
    const body = { v: PROTOCOL_VERSION, quotas };
    return this.#ask({ method: 'PUT', path: `/v1/tenants/${encodeURIComponent(name)}`, body }, tenantAnswerSchema);
  }

  grantSupport(body: GrantSupportRequest): Promise<SupportAnswer> {
    return this.#ask({ method: 'POST', path: '/v1/support', body }, supportAnswerSchema);
  }

  listSupport(tenant: string | null): Promise<SupportList> {
    const path = tenant === null ? '/v1/support' : `/v1/tenants/${encodeURIComponent(tenant)}/support`;
    return this.#ask({ path }, supportListSchema);
  }

  revokeSupport(id: string): Promise<SupportAnswer> {
    return this.#ask({ method: 'DELETE', path: `/v1/support/${encodeURIComponent(id)}` }, supportAnswerSchema);
  }

  signers(): Promise<SignersAnswer> {
    return this.#ask({ path: '/v1/signers' }, signersAnswerSchema);
  }

  /** For whoever deploys a function, and may nothing else. */
  signersOf(name: string): Promise<SignersAnswer> {
    return this.#ask({ path: `/v1/functions/${encodeURIComponent(name)}/signers` }, signersAnswerSchema);
  }

  changeSigners(body: SignedSignerList): Promise<SignersAnswer> {
    return this.#ask({ method: 'PUT', path: '/v1/signers', body }, signersAnswerSchema);
  }

  /** `noticeMs` null: what the platform takes by default. */
  announceErasure(name: string, noticeMs: number | null): Promise<ErasureAnswer> {
    const body = { v: PROTOCOL_VERSION, noticeMs };
    return this.#ask({ method: 'PUT', path: erasurePath(name), body }, erasureAnswerSchema);
  }

  cancelErasure(name: string): Promise<ErasureAnswer> {
    return this.#ask({ method: 'DELETE', path: erasurePath(name) }, erasureAnswerSchema);
  }

  /** Takes as long as there is something to remove. */
  eraseTenant(name: string): Promise<ErasureAnswer> {
    const path = `${erasurePath(name)}/carry-out`;
    return this.#ask({ method: 'POST', path, timeoutMs: null }, erasureAnswerSchema);
  }
}

const tokenPath = (id: string): string => `/v1/tokens/${encodeURIComponent(id)}`;

function ofTenant(tenant: string | null): Record<string, string> {
  return tenant === null ? {} : { tenant };
}

const erasurePath = (tenant: string): string => `/v1/tenants/${encodeURIComponent(tenant)}/erasure`;
