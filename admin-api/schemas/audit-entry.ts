import * as z from 'zod';
import type { AuditEntry } from '../identity/audit-log.ts';
import { dateTime, uuid } from './common.ts';

export const auditEntry = z
  .object({
    id: uuid,
    at: dateTime,
    actorId: uuid.nullable(),
    actorEmail: z.string().nullable(),
    action: z.string(),
    outcome: z.enum(['done', 'refused', 'unknown']).meta({
      description:
        '`unknown`: it was begun, and the server was cut off; `after.request` has its body. Look whether it was done.',
    }),
    objectType: z.string(),
    objectId: z.string().nullable(),
    before: z.unknown(),
    after: z.unknown(),
    requestId: z.string().nullable(),
    address: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' }) satisfies z.ZodType<AuditEntry>;
