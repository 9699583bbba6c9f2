import { LEDGER_ENTRY_KINDS } from '@voltpile/billing/contract/ledger';
import {
  HOLD_STATES,
  type HoldView,
  type WalletMovementView,
  type WalletView,
} from '@voltpile/billing/contract/wallets';
import * as z from 'zod';
import { dateTime, text, uuid } from './common.ts';
import { ledgerReference } from './ledger.ts';
import { money, moneyInput } from './money.ts';

export const walletView = z
  .object({
    accountId: uuid,
    available: money.meta({ description: 'What may be spent.' }),
    held: money.meta({
      description: 'Set aside for charges that were authorised or are under way; it is not in `available`.',
    }),
    owed: money.meta({ description: 'For charges that were not paid yet; below nothing: what was paid too much.' }),
    owedInOtherCurrencies: z.array(money).meta({
      description: 'For charges that were priced in other currencies than that of the wallet, which does not pay them.',
    }),
  })
  .meta({ id: 'Wallet' }) satisfies z.ZodType<WalletView>;

export const walletMovementView = z
  .object({
    entryId: uuid.meta({ description: 'Of the ledger.' }),
    number: z.int().meta({ description: '1, 2, … within the wallet, without gaps.' }),
    kind: z.enum(LEDGER_ENTRY_KINDS),
    reference: ledgerReference,
    description: z.string(),
    at: dateTime,
    amount: money.meta({ description: 'Below nothing: out of the wallet.' }),
    available: money.meta({ description: 'Afterwards.' }),
  })
  .meta({ id: 'WalletMovement' }) satisfies z.ZodType<WalletMovementView>;

export const holdState = z.enum(HOLD_STATES);

export const holdView = z
  .object({
    intentId: uuid.meta({ description: 'The start intent that it was authorised with.' }),
    accountId: uuid,
    amount: money,
    state: holdState,
    transactionId: uuid.nullable().meta({ description: 'The charge, where it is known.' }),
    createdAt: dateTime,
    releasedAt: dateTime.nullable(),
  })
  .meta({ id: 'Hold' }) satisfies z.ZodType<HoldView>;

export const topUpInput = z
  .strictObject({
    amount: moneyInput.meta({ description: 'More than nothing, in the currency of the wallet.' }),
    reason: text(1, 300).regex(/\S/, 'must not be blank').meta({ description: 'For whoever reads the statement.' }),
  })
  .meta({ id: 'TopUpInput' });

export const topUpView = z
  .object({ entryId: uuid.meta({ description: 'Of the ledger.' }), wallet: walletView })
  .meta({ id: 'TopUp' });
