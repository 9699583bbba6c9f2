import type { Money } from '@voltpile/billing/contract/money';
import * as z from 'zod';

export const money = z
  .strictObject({
    amount: z.string().meta({ description: 'A decimal with the places of the currency.', examples: ['12.34'] }),
    currency: z.string().meta({ description: 'ISO 4217.', examples: ['EUR'] }),
  })
  .meta({ id: 'Money' }) satisfies z.ZodType<Money>;
