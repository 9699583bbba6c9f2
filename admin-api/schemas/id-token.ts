import type { IdTokenView } from '@voltpile/csms/contract/operator-ports';
import * as z from 'zod';
import { dateTime, text, uuid } from './common.ts';

export const idTokenStatus = z.enum(['Accepted', 'Blocked', 'Expired', 'Invalid']);
const value = text(1, 255);

export const idTokenParams = z.strictObject({ idToken: value });

export const idTokenView = z
  .object({
    idToken: z.string(),
    type: z.string(),
    status: idTokenStatus,
    groupIdToken: z.string().nullable(),
    expiresAt: dateTime.nullable(),
    concurrentTransactions: z.boolean(),
    accountRef: z.string().nullable(),
    organizationId: uuid,
    createdAt: dateTime,
  })
  .meta({ id: 'IdToken' }) satisfies z.ZodType<IdTokenView>;

const settings = {
  type: text(1, 20).optional().meta({ description: 'OCPP 2.0.1 IdTokenEnumType.', example: 'ISO14443' }),
  status: idTokenStatus.optional(),
  groupIdToken: value.nullable().optional(),
  expiresAt: dateTime.nullable().optional(),
  concurrentTransactions: z.boolean().optional().meta({ description: 'May it have several transactions at once?' }),
  accountRef: text(1, 100).nullable().optional(),
};

export const idTokenInput = z
  .strictObject({ idToken: value, ...settings, organizationId: uuid.optional() })
  .meta({ id: 'IdTokenInput' });

export const idTokenChange = z.strictObject(settings).meta({ id: 'IdTokenChange' });
