import { halfHourTariffSchema, RATES } from '@voltpile/billing/contract/half-hour-tariff';
import { currencySchema } from '@voltpile/billing/contract/money';
import { TARIFF_FORMS } from '@voltpile/billing/contract/stored-tariffs';
import { tariffSchema } from '@voltpile/billing/contract/tariff';
import { tariffContentSchema } from '@voltpile/billing/contract/tariff-content';
import * as z from 'zod';
import { dateTime, text, uuid, uuidParams } from './common.ts';

const HALF_HOURS =
  'The other form: up to four rates (尖峰平谷), each with a price per kWh for electricity and one for service, and the rate of every half hour of the day.';

/** A tariff in either form; the document describes both. */
export const tariffContent = tariffContentSchema.meta({
  id: 'TariffContent',
  override: ({ jsonSchema }) =>
    Object.assign(jsonSchema, {
      type: 'object',
      anyOf: [
        {
          title: 'OCPI',
          ...describe(tariffSchema),
          description: 'OCPI’s model, with a service fee and a fee for standing.',
        },
        { title: 'half-hour rates', ...describe(halfHourTariffSchema), description: HALF_HOURS },
      ],
    }),
});

function describe(schema: z.ZodType): object {
  const { $schema: _unused, ...described } = z.toJSONSchema(schema, { io: 'input' });
  return described;
}

export const tariffView = z
  .object({
    id: uuid,
    organizationId: uuid,
    name: z.string(),
    currency: z.string(),
    description: z.string().nullable(),
    archivedAt: dateTime.nullable(),
    currentVersion: z.int().nullable().meta({ description: 'The version in effect; null while there is none.' }),
    nextVersion: z
      .object({ version: z.int(), effectiveFrom: dateTime })
      .nullable()
      .meta({ description: 'The next one that will come into effect.' }),
    createdAt: dateTime,
    createdBy: z.string().nullable(),
  })
  .meta({ id: 'Tariff' });

const rate = z.object({ electricity: z.string(), service: z.string() });
const [sharp, peak, flat, valley] = RATES;

const halfHourModel = z
  .object({
    currency: z.string(),
    rates: z.object({ [sharp]: rate, [peak]: rate, [flat]: rate, [valley]: rate }),
    slots: z
      .string()
      .meta({ description: '48 digits, one a half hour from midnight: 0 sharp, 1 peak, 2 flat, 3 valley.' }),
  })
  .meta({ id: 'HalfHourModel' });

export const tariffVersionView = z
  .object({
    id: uuid,
    tariffId: uuid,
    version: z.int(),
    effectiveFrom: dateTime,
    effectiveTo: dateTime.nullable().meta({ description: 'When the next version takes its place.' }),
    form: z.enum(TARIFF_FORMS).meta({ description: 'How it was entered.' }),
    tariff: z.record(z.string(), z.unknown()).meta({ description: 'What is priced by, in OCPI’s model.' }),
    halfHourTariff: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: 'As it was entered, where that was half-hour rates.' }),
    halfHourModel: halfHourModel.nullable().meta({
      description: 'What piles that know half-hour rates can be told; a fee for standing is not in it.',
    }),
    halfHourProblem: z.string().nullable().meta({ description: 'Why they cannot be told.' }),
    warnings: z.array(z.object({ kind: z.string(), path: z.string(), message: z.string() })).meta({
      description: 'What may be meant, or not: hours that nobody pays for, elements that others shadow.',
    }),
    createdAt: dateTime,
    createdBy: z.string().nullable(),
  })
  .meta({ id: 'TariffVersion' });

export const createdTariffView = z
  .object({ ...tariffView.shape, version: tariffVersionView.nullable() })
  .meta({ id: 'CreatedTariff' });

const effectiveFrom = dateTime.optional().meta({
  description: 'Absent: now. In the past only while no version has come into effect; at most ten years away.',
});
const name = text(1, 200);
/** May have several lines. */
const description = z.string().max(2000).nullable().optional();

export const tariffInput = z
  .strictObject({
    name,
    description,
    organizationId: uuid.optional().meta({ description: 'Absent: the first one of the access scope.' }),
    currency: currencySchema.optional().meta({ description: 'Absent: that of the first version.' }),
    tariff: tariffContent.optional().meta({ description: 'The first version. Needs `tariff.publish`, too.' }),
    effectiveFrom,
  })
  .superRefine(({ tariff, effectiveFrom: from }, context) => {
    if (tariff !== undefined || from === undefined) return;
    context.addIssue({ code: 'custom', path: ['tariff'], message: 'must be given with effectiveFrom' });
  })
  .meta({ id: 'TariffInput' });

export const tariffChange = z
  .strictObject({ name: name.optional(), description, archived: z.boolean().optional() })
  .meta({ id: 'TariffChange' });

export const tariffVersionInput = z
  .strictObject({ tariff: tariffContent, effectiveFrom })
  .meta({ id: 'TariffVersionInput' });

export const tariffVersionParams = uuidParams.extend({ version: z.coerce.number().int().min(1).max(1_000_000_000) });
