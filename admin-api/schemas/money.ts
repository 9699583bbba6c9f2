import { currencySchema, type Money } from '@voltpile/billing/contract/money';
import * as z from 'zod';

export const money = z
  .strictObject({
    amount: z.string().meta({ description: 'A decimal with the places of the currency.', examples: ['12.34'] }),
    currency: z.string().meta({ description: 'ISO 4217.', examples: ['EUR'] }),
  })
  .meta({ id: 'Money' }) satisfies z.ZodType<Money>;

const SHAPE = 'must be money: {"amount": "12.34", "currency": "EUR"}';

/** Money that somebody wants to move. How many places it may have, and in which currency it must be, its receiver says. */
export const moneyInput = z
  .strictObject(
    {
      amount: z
        .string('must be text, like "12.34"')
        .regex(/^(?:0|[1-9]\d{0,14})(?:\.\d{1,4})?$/, 'must be a decimal number like 12.34, without zeros in front')
        .meta({ description: 'A decimal with at most the places of the currency.', examples: ['12.34'] }),
      currency: currencySchema.meta({ description: 'ISO 4217.', examples: ['EUR'] }),
    },
    { error: ({ code }) => (code === 'invalid_type' ? SHAPE : undefined) },
  )
  .meta({ id: 'MoneyInput' }) satisfies z.ZodType<Money>;
