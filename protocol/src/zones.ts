/** Zones of a platform, as the control API names and lists them. JSON. */
import { z } from 'zod';
import { nameSchema } from './names.ts';
import { namedZoneSchema } from './trust/named-zones.ts';
import { PROTOCOL_VERSION } from './version.ts';

const version1 = z.literal(PROTOCOL_VERSION);

/** `PUT /v1/zones/{zone}`, and what a file of `sovfn zones show --json` holds. */
export const zoneDefinitionSchema = z.strictObject({ v: version1, zone: namedZoneSchema });
export type ZoneDefinition = z.output<typeof zoneDefinitionSchema>;

/** `GET /v1/zones` */
export const zoneListSchema = z.strictObject({
  v: version1,
  zones: z.array(
    z.strictObject({
      name: nameSchema,
      /** Null: it follows from country and region alone. */
      definition: namedZoneSchema.nullable(),
      /** That serve it, and have announced themselves lately. */
      nodes: z.array(nameSchema),
    }),
  ),
});
export type ZoneList = z.output<typeof zoneListSchema>;
