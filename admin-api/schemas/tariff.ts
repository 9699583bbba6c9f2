import * as z from 'zod';

const amount = z
  .string()
  .meta({ description: 'An exact decimal; nine places where it has no end.', examples: ['5.625'] });

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

export const pricedSessionView = z
  .strictObject({
    currency: z.string(),
    exclVat: amount.nullable().meta({ description: 'null where prices hold their tax.' }),
    inclVat: amount,
    electricityFee: amount.optional(),
    serviceFee: amount.optional(),
    total: amount.optional(),
    lines: z.array(pricedLine),
  })
  .meta({ id: 'PricedSession' });
