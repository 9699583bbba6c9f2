import type { SiteView } from '@voltpile/csms/contract/operator-ports';
import * as z from 'zod';
import { dateTime, text, uuid } from './common.ts';
import { localListPolicy, localListPolicyInput } from './local-list.ts';
import { offlinePolicy, offlinePolicyInput } from './offline-rules.ts';

export const address = z.strictObject({
  street: text(1, 200),
  city: text(1, 100),
  postalCode: text(1, 20).nullable().default(null),
  country: z
    .string()
    .regex(/^[A-Za-z]{3}$/)
    .meta({ description: 'ISO 3166 alpha-3.' }),
});

/** Decimal text, so that nothing is rounded on the way. */
const degrees = z.string().regex(/^-?\d{1,3}(\.\d{1,7})?$/);

const fields = {
  name: text(1, 200),
  timeZone: text(1, 64).meta({ description: 'IANA zone.', example: 'Europe/Berlin' }),
  currency: z
    .string()
    .regex(/^[A-Za-z]{3}$/)
    .meta({ description: 'ISO 4217.' }),
  address: address.nullable(),
  coordinates: z.strictObject({ latitude: degrees, longitude: degrees }).nullable(),
  openingHours: z.record(z.string(), z.unknown()).nullable(),
  fundsFallback: z
    .enum(['allow', 'refuse'])
    .meta({ description: 'What to do when billing cannot answer whether a driver may charge.' }),
  localListPolicy: localListPolicyInput,
  offlinePolicy: offlinePolicyInput,
};

export const siteView = z
  .object({
    id: uuid,
    organizationId: uuid,
    name: z.string(),
    timeZone: z.string(),
    currency: z.string(),
    address: z
      .object({ street: z.string(), city: z.string(), postalCode: z.string().nullable(), country: z.string() })
      .nullable(),
    coordinates: z.object({ latitude: z.string(), longitude: z.string() }).nullable(),
    openingHours: z.record(z.string(), z.unknown()).nullable(),
    fundsFallback: z.enum(['allow', 'refuse']),
    localListPolicy,
    offlinePolicy,
    createdAt: dateTime,
  })
  .meta({ id: 'Site' }) satisfies z.ZodType<SiteView>;

export const siteInput = z
  .strictObject({ ...z.strictObject(fields).partial().shape, name: fields.name, organizationId: uuid.optional() })
  .meta({ id: 'SiteInput' });

export const siteChange = z.strictObject(fields).partial().meta({ id: 'SiteChange' });
