import { hash } from 'node:crypto';
import type { StationTariff } from '@voltpile/csms/contract/station-tariff';
import { defineError } from '@voltpile/kernel/errors';
import type { ValuesOf } from '@voltpile/ykc/fields/field-types';
import type { tariffModel } from '@voltpile/ykc/messages/tariff';
import * as z from 'zod';

export const RATES = ['sharp', 'peak', 'flat', 'valley'] as const;
export type Rate = (typeof RATES)[number];

/** What a pile knows of prices: four rates and the half hours of a day that they hold in. */
export interface TariffModel {
  /** Two bytes, which change with the content: a pile that has other ones asks for the model. */
  readonly modelNo: string;
  /** By rate, 0.00001 yuan per kWh. */
  readonly prices: Readonly<Record<Rate, { readonly electricity: number; readonly service: number }>>;
  /** 48 numbers of rates (0 sharp … 3 valley), from midnight. */
  readonly slots: readonly number[];
}

export const badTariff = defineError('ykc.bad_tariff', 'InvalidArgument', '{problem}');

const PRICE_PLACES = 5;
const price = z
  .string()
  .regex(/^\d{1,4}(\.\d{1,5})?$/, 'must be yuan per kWh with at most five decimals, as text')
  .transform((text) => {
    const [whole = '', fraction = ''] = text.split('.');
    return Number(`${whole}${fraction.padEnd(PRICE_PLACES, '0')}`);
  });
const rate = z.strictObject({ electricity: price, service: price });
const schema = z.strictObject({
  sharp: rate,
  peak: rate,
  flat: rate,
  valley: rate,
  slots: z
    .string()
    .regex(/^[0-3]{48}$/, 'must be 48 digits, one a half hour from midnight: 0 sharp, 1 peak, 2 flat, 3 valley')
    .transform((text) => [...text].map(Number)),
});

/**
 * Reads a tariff: `{sharp: {electricity: "1.2", service: "0.4"}, peak, flat, valley, slots: "222…"}`.
 *
 * @throws ykc.bad_tariff
 */
export function readTariffModel(json: unknown): TariffModel {
  const read = schema.safeParse(json);
  if (!read.success) {
    const problems = read.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim());
    throw badTariff({ problem: problems.join('; ') });
  }
  const { slots, ...prices } = read.data;
  return modelOf(prices, slots);
}

/**
 * The prices of a station as a pile of this protocol takes them.
 *
 * @throws ykc.bad_tariff
 */
export function fromStationTariff({ currency, rates, slots }: StationTariff): TariffModel {
  // No frame says what currency its amounts are in.
  if (currency !== 'CNY') throw badTariff({ problem: `a pile of this protocol counts in yuan, not in ${currency}` });
  return readTariffModel({ ...rates, slots });
}

function modelOf(prices: TariffModel['prices'], slots: readonly number[]): TariffModel {
  // Digits only, for piles that read them as a decimal number, and never 0000, which some take for none.
  const digest = Number.parseInt(hash('sha256', JSON.stringify([prices, slots]), 'hex').slice(0, 8), 16);
  return { modelNo: String((digest % 9998) + 1).padStart(4, '0'), prices, slots };
}

const NOTHING = { electricity: 0, service: 0 };

/** What piles are told while nobody has set a tariff: without one they do not charge. */
export const FREE_OF_CHARGE = modelOf(
  { sharp: NOTHING, peak: NOTHING, flat: NOTHING, valley: NOTHING },
  Array<number>(48).fill(2),
);

/** The model as 0x0A and 0x58 carry it. */
export function toTariffBody(
  pileNo: string,
  { modelNo, prices, slots }: TariffModel,
): ValuesOf<typeof tariffModel.fields> {
  return {
    pileNo,
    modelNo,
    sharpElec: prices.sharp.electricity,
    sharpService: prices.sharp.service,
    peakElec: prices.peak.electricity,
    peakService: prices.peak.service,
    flatElec: prices.flat.electricity,
    flatService: prices.flat.service,
    valleyElec: prices.valley.electricity,
    valleyService: prices.valley.service,
    // The specification asks for 0.
    lossRatio: 0,
    slots,
  };
}
