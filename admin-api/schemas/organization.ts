import type { OrganizationView } from '@voltpile/csms/contract/operator-ports';
import * as z from 'zod';
import { dateTime, text, uuid } from './common.ts';

const name = text(1, 200);
const countryCode = z
  .string()
  .regex(/^[A-Za-z]{2}$/)
  .nullable()
  .meta({ description: 'ISO 3166 alpha-2.' });
const partyId = z
  .string()
  .regex(/^[A-Za-z0-9]{3}$/)
  .nullable()
  .meta({ description: 'OCPI party id.' });
const operatorId = z
  .string()
  .regex(/^[A-Za-z0-9]{9}$/)
  .nullable()
  .meta({ description: 'T/CEC 102 operator id.' });

const masterPassGroupId = text(1, 36)
  .nullable()
  .meta({ description: 'Id tokens of this group may stop any transaction, and start none (OCPP 2.0.1 C16).' });

export const organizationView = z
  .object({
    id: uuid,
    name: z.string(),
    countryCode: z.string().nullable(),
    partyId: z.string().nullable(),
    operatorId: z.string().nullable(),
    masterPassGroupId: z.string().nullable(),
    createdAt: dateTime,
  })
  .meta({ id: 'Organization' }) satisfies z.ZodType<OrganizationView>;

export const organizationInput = z
  .strictObject({
    name,
    countryCode: countryCode.default(null),
    partyId: partyId.default(null),
    operatorId: operatorId.default(null),
    masterPassGroupId: masterPassGroupId.default(null),
  })
  .meta({ id: 'OrganizationInput' });

export const organizationChange = z
  .strictObject({
    name: name.optional(),
    countryCode: countryCode.optional(),
    partyId: partyId.optional(),
    operatorId: operatorId.optional(),
    masterPassGroupId: masterPassGroupId.optional(),
  })
  .meta({ id: 'OrganizationChange' });
