import {
  RECEIVED_BY,
  RECEIVED_PAYMENT_STATES,
  type ReceivedPaymentView,
} from '@voltpile/billing/contract/received-payments';
import * as z from 'zod';
import { dateTime, text, uuid } from './common.ts';
import { money, moneyInput } from './money.ts';
import { walletView } from './wallet.ts';

export const receivedPaymentState = z.enum(RECEIVED_PAYMENT_STATES);

const notBlank = (max: number) => text(1, max).regex(/\S/, 'must not be blank');
const receivedOn = z.iso.date().meta({ description: 'When the money came.', examples: ['2026-05-31'] });
const method = z.enum(RECEIVED_BY);
const reference = 'By which it is found again: the line of a bank statement, the number of a receipt or an invoice.';

export const receivedPaymentView = z
  .object({
    id: uuid,
    organizationId: uuid,
    accountId: uuid,
    amount: money,
    method,
    reference: z.string().meta({ description: reference }),
    receivedOn,
    state: receivedPaymentState,
    entryId: uuid.meta({ description: 'Of the ledger.' }),
    recordedBy: z.string(),
    recordedAt: dateTime,
    reversal: z
      .object({ reason: z.string(), entryId: uuid, reversedBy: z.string(), reversedAt: dateTime })
      .nullable()
      .meta({ description: 'Of one that was booked by mistake.' }),
  })
  .meta({ id: 'ReceivedPayment' }) satisfies z.ZodType<ReceivedPaymentView>;

export const receivedPaymentInput = z
  .strictObject({
    amount: moneyInput.meta({
      description: 'More than nothing, in a currency in which the account owes something; not more than it owes.',
    }),
    method,
    reference: notBlank(200).meta({ description: reference }),
    receivedOn,
    keepCredit: z.boolean().default(false).meta({
      description:
        'Of who pays later: what is more than what is owed is kept as a credit, which the next charges use up.',
    }),
  })
  .meta({ id: 'ReceivedPaymentInput' });

export const receivedPaymentReversal = z
  .strictObject({ reason: notBlank(300).meta({ description: 'Why it was a mistake.' }) })
  .meta({ id: 'ReceivedPaymentReversal' });

export const receivedPaymentBooked = z
  .object({ payment: receivedPaymentView, wallet: walletView.meta({ description: 'What is owed now.' }) })
  .meta({ id: 'ReceivedPaymentBooked' });
