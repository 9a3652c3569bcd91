import { z } from 'zod';

const SERVER = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+):([0-9]{1,5})$/i;

/** In configurations: further servers of a NATS cluster. */
export const busServersSchema = z
  .array(
    z.string().refine((text) => {
      const port = Number(SERVER.exec(text)?.[2] ?? 0);
      return port >= 1 && port <= 65_535;
    }, 'must be host:port'),
  )
  .max(16)
  .default([]);
