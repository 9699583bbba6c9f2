import type { ReviewDecision, SettlementView } from '@voltpile/billing/contract/settlement';
import * as z from 'zod';
import { dateTime, text, uuid } from './common.ts';

export const settlementState = z.enum(['pending', 'settled', 'held', 'written-off']);

export const settlementView = z
  .object({
    transactionId: uuid,
    organizationId: uuid,
    siteId: uuid,
    stationId: z.string(),
    state: settlementState,
    reasons: z.array(z.string()).meta({
      description:
        'Why somebody has to look at it: holds of the transaction, `changed-after-settlement`, `energy-unknown`, `group-incomplete`, ' +
        '`unpriceable`, `transaction-missing`.',
    }),
    problem: z.string().nullable().meta({ description: 'Why it could not be settled yet.' }),
    cdrId: uuid.nullable().meta({ description: 'The record that counts.' }),
    decisions: z.array(
      z.object({
        decision: z.enum(['accept', 'correct', 'write-off']),
        reasons: z.array(z.string()),
        energyWh: z.number().nullable(),
        reason: z.string(),
        decidedBy: z.string(),
        decidedAt: dateTime,
      }),
    ),
    createdAt: dateTime,
    updatedAt: dateTime,
  })
  .meta({ id: 'Settlement' }) satisfies z.ZodType<SettlementView>;

const reason = text(1, 500).meta({ description: 'Kept for good, with your name.' });
/** Three decimals of a watt-hour at most; a gigawatt-hour. */
const energyWh = z.number().min(0).max(1_000_000_000).multipleOf(0.001);

export const reviewDecision = z
  .discriminatedUnion('decision', [
    z.strictObject({ decision: z.literal('accept'), reason }),
    z.strictObject({ decision: z.literal('correct'), energyWh, reason }),
    z.strictObject({ decision: z.literal('write-off'), reason }),
  ])
  .meta({ id: 'ReviewDecision' }) satisfies z.ZodType<ReviewDecision>;
