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
        '`unpriceable`, `tariff-not-in-effect`, `transaction-missing`.',
    }),
    problem: z.string().nullable().meta({ description: 'Why it could not be settled yet.' }),
    cdrId: uuid.nullable().meta({ description: 'The record that counts.' }),
    version: z.string().meta({ description: 'Changes whenever there is something else to decide about.' }),
    decisions: z.array(
      z.object({
        decision: z.enum(['accept', 'correct', 'write-off']),
        reasons: z.array(z.string()),
        energyWh: z.number().nullable(),
        confirmedAboveWh: z.number().nullable().meta({
          description:
            'What the charge can have had at most, where a correction to more was confirmed (`confirmUnlikely`) by whoever decided.',
        }),
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
const version = text(1, 100).optional().meta({
  description:
    'Of the settlement that you looked at: refused when it is another one by now. Absent: as it is when the request comes.',
});
/** Three decimals of a watt-hour at most; a gigawatt-hour. */
const energyWh = z.number().min(0).max(1_000_000_000).multipleOf(0.001);
const confirmUnlikely = z.boolean().optional().meta({
  description:
    'Charge `energyWh` also where the charge can hardly have had so much: it is refused otherwise (409 `settlement.energy_unlikely`, which names the bound). Kept with the decision.',
});

export const reviewDecision = z
  .discriminatedUnion('decision', [
    z.strictObject({ decision: z.literal('accept'), reason, version }),
    z.strictObject({ decision: z.literal('correct'), energyWh, confirmUnlikely, reason, version }),
    z.strictObject({ decision: z.literal('write-off'), reason, version }),
  ])
  .meta({ id: 'ReviewDecision' }) satisfies z.ZodType<ReviewDecision>;
