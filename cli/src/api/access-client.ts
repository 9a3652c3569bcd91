/** What the control API does with tokens and tenants, as functions. */
import type {
  CreateTokenRequest,
  LoginOptions,
  LoginRequest,
  ErasureAnswer,
  GrantSupportRequest,
  Quotas,
  RevokeTokenResponse,
  SignedSignerList,
  SignersAnswer,
  SupportAnswer,
  SupportList,
  TenantAnswer,
  TenantDetail,
  TenantList,
  TokenAnswer,
  TokenList,
} from '@sovfn/protocol';
import { PROTOCOL_VERSION } from '@sovfn/protocol/version';
import { type Ask, schemaNamed } from './answer-schema.ts';

/** `tenant` null: that of the token that asks. */
export class AccessClient {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Where people log in. */
  loginOptions(): Promise<LoginOptions> {
    return this.#ask({ path: '/v1/login' }, schemaNamed('loginOptionsSchema'));
  }

  logIn(body: LoginRequest): Promise<TokenAnswer> {
    return this.#ask({ method: 'POST', path: '/v1/login', body }, schemaNamed('tokenAnswerSchema'));
  }

  listTokens(tenant: string | null): Promise<TokenList> {
    return this.#ask({ path: '/v1/tokens', query: ofTenant(tenant) }, schemaNamed('tokenListSchema'));
  }

  createToken(body: CreateTokenRequest): Promise<TokenAnswer> {
    return this.#ask({ method: 'POST', path: '/v1/tokens', body }, schemaNamed('tokenAnswerSchema'));
  }

  rotateToken(id: string, tenant: string | null, overlapMs: number | null): Promise<TokenAnswer> {
    const body = { v: PROTOCOL_VERSION, overlapMs };
    return this.#ask(
      { method: 'POST', path: `${tokenPath(id)}/rotate`, query: ofTenant(tenant), body },
      schemaNamed('tokenAnswerSchema'),
    );
  }

  revokeToken(id: string, tenant: string | null): Promise<RevokeTokenResponse> {
    return this.#ask(
      { method: 'DELETE', path: tokenPath(id), query: ofTenant(tenant) },
      schemaNamed('revokeTokenResponseSchema'),
    );
  }

  listTenants(): Promise<TenantList> {
    return this.#ask({ path: '/v1/tenants' }, schemaNamed('tenantListSchema'));
  }

  showTenant(name: string): Promise<TenantDetail> {
    return this.#ask(
      { path: `/v1/tenants/${encodeURIComponent(name)}`, timeoutMs: null },
      schemaNamed('tenantDetailSchema'),
    );
  }

  createTenant(name: string, quotas: Quotas): Promise<TenantAnswer> {
    const body = { v: PROTOCOL_VERSION, name, quotas };
    return this.#ask({ method: 'POST', path: '/v1/tenants', body }, schemaNamed('tenantAnswerSchema'));
  }

  setTenant(name: string, quotas: Quotas): Promise<TenantAnswer> {
    const body = { v: PROTOCOL_VERSION, quotas };
    return this.#ask(
      { method: 'PUT', path: `/v1/tenants/${encodeURIComponent(name)}`, body },
      schemaNamed('tenantAnswerSchema'),
    );
  }

  grantSupport(body: GrantSupportRequest): Promise<SupportAnswer> {
    return this.#ask({ method: 'POST', path: '/v1/support', body }, schemaNamed('supportAnswerSchema'));
  }

  listSupport(tenant: string | null): Promise<SupportList> {
    const path = tenant === null ? '/v1/support' : `/v1/tenants/${encodeURIComponent(tenant)}/support`;
    return this.#ask({ path }, schemaNamed('supportListSchema'));
  }

  revokeSupport(id: string): Promise<SupportAnswer> {
    return this.#ask(
      { method: 'DELETE', path: `/v1/support/${encodeURIComponent(id)}` },
      schemaNamed('supportAnswerSchema'),
    );
  }

  signers(): Promise<SignersAnswer> {
    return this.#ask({ path: '/v1/signers' }, schemaNamed('signersAnswerSchema'));
  }

  /** For whoever deploys a function, and may nothing else. */
  signersOf(name: string): Promise<SignersAnswer> {
    return this.#ask({ path: `/v1/functions/${encodeURIComponent(name)}/signers` }, schemaNamed('signersAnswerSchema'));
  }

  changeSigners(body: SignedSignerList): Promise<SignersAnswer> {
    return this.#ask({ method: 'PUT', path: '/v1/signers', body }, schemaNamed('signersAnswerSchema'));
  }

  /** `noticeMs` null: what the platform takes by default. */
  announceErasure(name: string, noticeMs: number | null): Promise<ErasureAnswer> {
    const body = { v: PROTOCOL_VERSION, noticeMs };
    return this.#ask({ method: 'PUT', path: erasurePath(name), body }, schemaNamed('erasureAnswerSchema'));
  }

  cancelErasure(name: string): Promise<ErasureAnswer> {
    return this.#ask({ method: 'DELETE', path: erasurePath(name) }, schemaNamed('erasureAnswerSchema'));
  }

  /** Takes as long as there is something to remove. */
  eraseTenant(name: string): Promise<ErasureAnswer> {
    const path = `${erasurePath(name)}/carry-out`;
    return this.#ask({ method: 'POST', path, timeoutMs: null }, schemaNamed('erasureAnswerSchema'));
  }
}

const tokenPath = (id: string): string => `/v1/tokens/${encodeURIComponent(id)}`;

function ofTenant(tenant: string | null): Record<string, string> {
  return tenant === null ? {} : { tenant };
}

const erasurePath = (tenant: string): string => `/v1/tenants/${encodeURIComponent(tenant)}/erasure`;
