import * as z from 'zod';
import { decimal } from './decimal.ts';
import { currencySchema } from './money.ts';
import { tariffSchema } from './tariff.ts';

/** In the order of their numbers on the wire: 尖 0, 峰 1, 平 2, 谷 3. */
export const RATES = ['sharp', 'peak', 'flat', 'valley'] as const;
export type Rate = (typeof RATES)[number];

const price = decimal(4, 5);
const rate = z.strictObject({ electricity: price, service: price });

/**
 * A tariff as it is set in China (尖峰平谷): up to four rates, each with a price per kWh for electricity and one for service, and the rate of every
 * half hour of a day. It may be given wherever a tariff of OCPI's model may.
 */
export const halfHourTariffSchema = z
  .strictObject({
    currency: currencySchema,
    /** Those that no half hour has may be left out. */
    rates: z.strictObject({
      sharp: rate.optional(),
      peak: rate.optional(),
      flat: rate.optional(),
      valley: rate.optional(),
    }),
    slots: z
      .string()
      .regex(/^[0-3]{48}$/, 'must be 48 digits, one a half hour from midnight: 0 sharp, 1 peak, 2 flat, 3 valley'),
    idle_fee: tariffSchema.shape.idle_fee,
  })
  .superRefine(({ rates, slots }, context) => {
    for (const [digit, name] of RATES.entries()) {
      if (rates[name] !== undefined || !slots.includes(String(digit))) continue;
      context.addIssue({ code: 'custom', path: ['rates', name], message: `must be given: slots have a ${digit}` });
    }
  });

export type HalfHourTariff = z.output<typeof halfHourTariffSchema>;

/** What a pile that knows four rates can be told. */
export interface HalfHourModel {
  readonly currency: string;
  /** Per kWh, tax included; at most four digits before the point and five behind it. */
  readonly rates: Readonly<Record<Rate, { readonly electricity: string; readonly service: string }>>;
  /** 48 digits, one a half hour from midnight of the place: 0 sharp, 1 peak, 2 flat, 3 valley. */
  readonly slots: string;
}
