import { z } from 'zod';
import { nameSchema, variableNameSchema } from '../names.ts';

/** One address that a business application posts to: `/hooks/<function>/<name>`. */
export const webhookSchema = z.strictObject({
  name: nameSchema,
  provider: z.string().max(63).optional().describe('Preset: standard, svix, github, gitlab, stripe, slack, shopify, …'),
  secret: variableNameSchema.optional().describe('Name of the secret that signs the deliveries'),
  verify: z.literal('none').optional().describe('Accept unsigned deliveries: must be said explicitly'),
});
export type WebhookConfig = z.output<typeof webhookSchema>;
