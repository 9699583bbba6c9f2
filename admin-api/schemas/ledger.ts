import {
  LEDGER_ACCOUNT_KINDS,
  LEDGER_ENTRY_KINDS,
  LEDGER_REFERENCE_TYPES,
  type LedgerBalanceView,
  type LedgerEntryView,
  type LedgerProofView,
} from '@voltpile/billing/contract/ledger';
import * as z from 'zod';
import { dateTime, uuid } from './common.ts';
import { money } from './money.ts';

export const ledgerAccountKind = z.enum(LEDGER_ACCOUNT_KINDS);
export const ledgerEntryKind = z.enum(LEDGER_ENTRY_KINDS);

export const ledgerReference = z.object({ type: z.enum(LEDGER_REFERENCE_TYPES), id: uuid });

const account = z.object({
  kind: ledgerAccountKind,
  accountId: uuid.nullable().meta({ description: 'Of a wallet, a hold, a receivable: whose it is.' }),
  provider: z.string().nullable().meta({ description: 'Who holds the money for the organisation.' }),
});

const side = z.enum(['debit', 'credit']);

export const ledgerEntryView = z
  .object({
    id: uuid,
    organizationId: uuid,
    currency: z.string(),
    kind: ledgerEntryKind,
    reference: ledgerReference.meta({ description: 'What it is about.' }),
    description: z.string(),
    at: dateTime.meta({ description: 'When it happened.' }),
    recordedAt: dateTime,
    postings: z.array(z.object({ account, side, amount: money })).meta({
      description: 'Debits and credits come to the same.',
    }),
  })
  .meta({ id: 'LedgerEntry' }) satisfies z.ZodType<LedgerEntryView>;

export const ledgerBalanceView = z
  .object({
    id: uuid,
    organizationId: uuid,
    account,
    side,
    amount: money,
    updatedAt: dateTime,
  })
  .meta({ id: 'LedgerBalance' }) satisfies z.ZodType<LedgerBalanceView>;

export const ledgerProofView = z
  .object({
    id: uuid,
    startedAt: dateTime,
    finishedAt: dateTime,
    isSound: z.boolean(),
    checks: z.array(z.string()).meta({ description: 'Names of the checks.' }),
    findings: z.array(z.object({ check: z.string(), problem: z.string() })).meta({
      description: 'What does not fit together: the first hundred of each check.',
    }),
    unanswered: z.array(z.object({ check: z.string(), reason: z.string() })).meta({
      description:
        'Checks that were not made, or not to their end, since whoever was to be asked did not answer or there was too much to ask.',
    }),
  })
  .meta({ id: 'LedgerProof' }) satisfies z.ZodType<LedgerProofView>;
