import { TARIFF_FINDING_KINDS } from '@voltpile/billing/contract/tariff-finding';
import * as z from 'zod';

const amount = z.string().meta({
  description: 'An exact decimal, without zeros at its end; at most nine places where it has no end.',
  examples: ['5.625'],
});

const pricedLine = z.strictObject({
  dimension: z.enum(['FLAT', 'ENERGY', 'TIME', 'PARKING_TIME', 'SERVICE']),
  quantity: amount.meta({ description: 'As billed, whole steps included.' }),
  unit: z.enum(['kWh', 'h', 'session']),
  price: amount,
  vatPercent: amount.nullable(),
  exclVat: amount.nullable(),
  inclVat: amount,
  periods: z.array(z.int().min(0)).meta({
    description:
      'Positions of the periods that it comes from; none: it brings the sum to the least or the most of the tariff.',
  }),
});

const finding = z
  .strictObject({
    level: z
      .enum(['mistake', 'warning'])
      .meta({ description: 'A tariff with a mistake is refused; a warning may be meant.' }),
    kind: z.enum(TARIFF_FINDING_KINDS).meta({
      description:
        'malformed: not a tariff. contradictory: limits that no charge can keep to. unpaid: what is priced at some moments and free at others. shadowed: two elements hold, and the first one counts. ' +
        'unreachable: never counts. charged-twice: two prices for one thing are both due. unclear: may not do what it looks like.',
    }),
    message: z.string(),
    path: z
      .string()
      .meta({ description: 'What it is about; empty for the whole.', examples: ['elements.2.restrictions'] }),
    element: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'Position in `elements`, from 0, where it is about one. (Messages count from 1.)' }),
  })
  .meta({ id: 'TariffFinding' });

export const pricedSessionView = z
  .strictObject({
    currency: z.string(),
    exclVat: amount.nullable().meta({ description: 'null where prices hold their tax.' }),
    inclVat: amount,
    electricityFee: amount.optional(),
    serviceFee: amount.optional(),
    total: amount.optional(),
    lines: z.array(pricedLine),
    findings: z.array(finding).optional().meta({
      description: 'Where limits have brought it to less with VAT than before VAT, it is said here; otherwise absent.',
    }),
  })
  .meta({ id: 'PricedSession' });

export const tariffFindingsView = z.strictObject({ findings: z.array(finding) }).meta({ id: 'TariffFindings' });
