import {
  ACCOUNT_KINDS,
  ACCOUNT_LANGUAGES,
  ACCOUNT_STATUSES,
  type AccountGroupView,
  type AccountView,
  PAYMENT_MODES,
} from '@voltpile/billing/contract/accounts';
import { currencySchema } from '@voltpile/billing/contract/money';
import * as z from 'zod';
import { dateTime, text, uuid } from './common.ts';
import { address } from './site.ts';

export const accountKind = z.enum(ACCOUNT_KINDS);
export const accountStatus = z.enum(ACCOUNT_STATUSES).meta({ description: 'Who is blocked does not start a charge.' });
export const paymentMode = z.enum(PAYMENT_MODES).meta({
  description:
    '`prepaid`: from the wallet, which must have funds. `postpaid`: what was charged is owed, and invoiced later. `card`: an amount is held on a saved ' +
    'card before each charge, and what it has cost is captured at its end; needs a payment provider.',
});
const defaultPaymentMethodId = uuid.nullable().meta({
  description: 'The saved card that charges are held on; null, or one that is not saved any more: the newest.',
});
const language = z.enum(ACCOUNT_LANGUAGES).meta({ description: 'In which the account is written to.' });

export const accountView = z
  .object({
    id: uuid.meta({ description: 'Id tokens point to the account by it: `accountRef`.' }),
    organizationId: uuid,
    kind: accountKind,
    name: z.string(),
    email: z.string().nullable(),
    language,
    currency: z.string(),
    status: accountStatus,
    paymentMode,
    defaultPaymentMethodId,
    groupId: uuid.nullable(),
    address: z
      .object({ street: z.string(), city: z.string(), postalCode: z.string().nullable(), country: z.string() })
      .nullable(),
    taxId: z.string().nullable(),
    createdAt: dateTime,
    updatedAt: dateTime,
  })
  .meta({ id: 'Account' }) satisfies z.ZodType<AccountView>;

const name = text(1, 200).regex(/\S/, 'must not be blank');

const changeable = {
  email: z.email().max(320).nullable().optional(),
  language: language.optional(),
  status: accountStatus.optional(),
  paymentMode: paymentMode.optional(),
  groupId: uuid.nullable().optional(),
  address: address.nullable().optional().meta({ description: 'Of invoices, as is the tax id.' }),
  taxId: text(1, 50).nullable().optional(),
};

export const accountInput = z
  .strictObject({
    organizationId: uuid.optional().meta({ description: 'Absent: the first one of the access scope.' }),
    kind: accountKind,
    name,
    currency: currencySchema.meta({ description: 'ISO 4217, of the wallet; it stays.', example: 'EUR' }),
    ...changeable,
  })
  .meta({ id: 'AccountInput' });

export const accountChange = z
  .strictObject({
    name: name.optional(),
    ...changeable,
    defaultPaymentMethodId: defaultPaymentMethodId.optional(),
  })
  .meta({ id: 'AccountChange' });

export const accountGroupView = z
  .object({ id: uuid, organizationId: uuid, name: z.string(), createdAt: dateTime })
  .meta({ id: 'AccountGroup' }) satisfies z.ZodType<AccountGroupView>;

export const accountGroupInput = z
  .strictObject({
    organizationId: uuid.optional().meta({ description: 'Absent: the first one of the access scope.' }),
    name,
  })
  .meta({ id: 'AccountGroupInput' });

export const accountGroupChange = z.strictObject({ name: name.optional() }).meta({ id: 'AccountGroupChange' });
