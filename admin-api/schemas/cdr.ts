import type { CdrLine, CdrPeriod, CdrSite, CdrVat, CdrView } from '@voltpile/billing/contract/cdr';
import * as z from 'zod';
import { dateTime, uuid } from './common.ts';
import { money } from './money.ts';
import { address } from './site.ts';

const line = z.object({
  dimension: z.enum(['FLAT', 'ENERGY', 'TIME', 'PARKING_TIME', 'SERVICE']),
  quantity: z.string().meta({ description: 'As billed, whole steps included.' }),
  unit: z.enum(['kWh', 'h', 'session']),
  price: z.string(),
  vatPercent: z.string().nullable(),
  exact: z
    .string()
    .meta({ description: 'Before the rounding, without zeros at its end; at most nine places where it has no end.' }),
  amount: money.meta({ description: 'Rounded once: net, or gross where prices hold their tax.' }),
  periods: z.array(z.int().min(0)).meta({
    description: 'Positions in `periods`; none: it brings the sum to the least or the most of the tariff.',
  }),
}) satisfies z.ZodType<CdrLine>;

const vat = z.object({
  percent: z
    .string()
    .nullable()
    .meta({ description: 'null: of what brings the sum to a least or a most that fits no one rate.' }),
  net: money,
  vat: money,
}) satisfies z.ZodType<CdrVat>;

const period = z.object({
  startedAt: dateTime,
  endedAt: dateTime,
  energyWh: z.number(),
  activity: z.enum(['charging', 'parking', 'RESERVATION', 'RESERVATION_EXPIRES']),
  interpolated: z.boolean().meta({ description: 'A border of the tariff lay between two readings of the meter.' }),
}) satisfies z.ZodType<CdrPeriod>;

export const cdrSite = z.object({ name: z.string(), address: address.nullable() }) satisfies z.ZodType<CdrSite>;

export const cdrView = z
  .object({
    id: uuid,
    kind: z.enum(['charge', 'credit']),
    organizationId: uuid,
    siteId: uuid,
    site: cdrSite
      .nullable()
      .meta({ description: 'As it was when the charge was settled; null in the oldest records.' }),
    stationId: z.string(),
    evseId: z.int().nullable(),
    transactionIds: z.array(uuid).meta({ description: 'More than one where several EVSEs fed one vehicle.' }),
    accountId: uuid.nullable(),
    idToken: z.string().nullable(),
    timeZone: z.string(),
    startedAt: dateTime,
    endedAt: dateTime,
    energyWh: z.number(),
    currency: z.string(),
    tariff: z
      .object({ id: uuid, name: z.string(), version: z.int() })
      .nullable()
      .meta({ description: 'null: none was assigned when the charge began, so nothing is due.' }),
    lines: z.array(line),
    vat: z.array(vat),
    exclVat: money.nullable().meta({ description: 'null where prices hold their tax.' }),
    inclVat: money,
    electricityFee: money.nullable(),
    serviceFee: money.nullable(),
    periods: z.array(period),
    creditsCdrId: uuid.nullable().meta({ description: 'Of a credit: the record that it takes back.' }),
    creditedByCdrId: uuid.nullable().meta({ description: 'Of a charge that was taken back: the credit.' }),
    reason: z.string().nullable(),
    stationBill: money.nullable().meta({ description: 'What a station that makes bills asks for.' }),
    flags: z.array(z.string()).meta({
      description:
        '`no-tariff`: nothing was assigned, and nothing is due. `station-bill-differs`: further from `inclVat` than one minor unit for each rate that the bill asks money for (at least one), one more, and half a ' +
        'percent. `station-bill-incomparable`: in another currency, or not of all guns.',
    }),
    createdAt: dateTime,
  })
  .meta({ id: 'Cdr' }) satisfies z.ZodType<CdrView>;
