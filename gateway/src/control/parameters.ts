/** Path and query parameters that several routes share. */
import { isInvocationId, nameSchema } from '@sovfn/protocol';
import { z } from 'zod';

export const noParameters = z.strictObject({});

export const tenantParameters = z.strictObject({ tenant: nameSchema.describe('Name of the tenant') });

export const functionParameters = z.strictObject({ name: nameSchema.describe('Name of the function') });

export const invocationSchema = z.string().refine(isInvocationId, 'must be an invocation id');

export const invocationParameters = z.strictObject({ invocation: invocationSchema.describe('Id of the invocation') });

/** A switch in a query string: absent, or `true`. */
export const switchSchema = z.literal('true').optional();
