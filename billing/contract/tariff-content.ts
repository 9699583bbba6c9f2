import * as z from 'zod';
import { type HalfHourTariff, halfHourTariffSchema } from './half-hour-tariff.ts';
import { type Tariff, tariffSchema } from './tariff.ts';

/** A tariff in one of the two forms that it can be given in. */
export type TariffContent = Tariff | HalfHourTariff;

export function isHalfHourTariff(content: TariffContent): content is HalfHourTariff {
  return 'slots' in content;
}

/** Reads either form. What has rates is read as half-hour rates, so that mistakes are told of the form that was meant. */
export const tariffContentSchema = z.unknown().transform((given, context): TariffContent => {
  const meant = typeof given === 'object' && given !== null && 'rates' in given ? halfHourTariffSchema : tariffSchema;
  const read = meant.safeParse(given);
  if (read.success) return read.data;
  for (const issue of read.error.issues) context.issues.push({ ...issue, input: given } as z.core.$ZodRawIssue);
  return z.NEVER;
});
