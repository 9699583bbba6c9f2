import * as z from 'zod';

/** An amount in its currency: `{amount: "12.34", currency: "EUR"}`, with exactly as many places as the currency has. */
export interface Money {
  readonly amount: string;
  readonly currency: string;
}

const currencies = new Set(Intl.supportedValuesOf('currency'));

export const currencySchema = z
  .string()
  .refine((code) => currencies.has(code), 'must be a currency of ISO 4217, like EUR or CNY');
