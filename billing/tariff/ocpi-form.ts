import { RATES, type Rate } from '../contract/half-hour-tariff.ts';
import { type Tariff, tariffSchema } from '../contract/tariff.ts';
import { isHalfHourTariff, type TariffContent } from '../contract/tariff-content.ts';
import { type HalfHourRates, toTariff } from './half-hour-rates.ts';

/** Either form of a tariff as one of OCPI's model, which is what prices. */
export function toOcpiForm(content: TariffContent): Tariff {
  if (!isHalfHourTariff(content)) return content;
  const { currency, slots, idle_fee: idleFee } = content;
  const digits = [...slots].map(Number);
  const tariff = toTariff({ currency, ...allRates(content.rates, digits), slots: digits });
  return tariffSchema.parse({ ...tariff, idle_fee: idleFee });
}

type FourRates = Pick<HalfHourRates, Rate>;

/** All four: no half hour has a rate that was left out, so that any price will do for it. */
export function allRates(given: Partial<FourRates>, slots: readonly number[]): FourRates {
  const any = given[RATES[slots[0] ?? 0] as Rate] ?? { electricity: '0', service: '0' };
  const { sharp = any, peak = any, flat = any, valley = any } = given;
  return { sharp, peak, flat, valley };
}
