import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import * as z from 'zod';
import { uuid } from './common.ts';

/** Each id is looked up when a scope is given to a user. */
const MAX_IDS = 200;

/** Where a user's permissions hold. An empty list of ids means nowhere. */
export const accessScope = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('everything') }),
    z.strictObject({ kind: z.literal('organizations'), organizationIds: z.array(uuid).max(MAX_IDS) }),
    z.strictObject({ kind: z.literal('sites'), siteIds: z.array(uuid).max(MAX_IDS) }),
  ])
  .meta({ id: 'AccessScope' }) satisfies z.ZodType<AccessScope>;
