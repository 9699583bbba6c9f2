import { DELIVERY_STATES, type TariffDeliveryView } from '@voltpile/billing/contract/tariff-deliveries';
import * as z from 'zod';
import { dateTime, uuid } from './common.ts';
import { stationId } from './station.ts';

const state = z.enum(DELIVERY_STATES).meta({
  description:
    '`wanted`: they are sent when it is connected and nobody charges there; `sent`: it has not answered yet; `confirmed`: it has them; `refused`: it did ' +
    'not take them, and is asked again later; `unsupported`: there are none that it can be told.',
});
const digest = z.string().nullable();

export const tariffDeliveryFilter = { state: state.optional(), stationId: stationId.optional() };

export const tariffDeliveryView = z
  .object({
    stationId: z.string(),
    organizationId: uuid,
    siteId: uuid,
    state,
    wantedVersionId: uuid.nullable().meta({
      description: 'The version that holds for everybody at the station; null: none is assigned.',
    }),
    wantedDigest: digest.meta({
      description: 'Of its prices: the same for the same prices. null: it cannot be told them.',
    }),
    confirmedDigest: digest.meta({ description: 'Of the prices that the station has; null: not known, or not ours.' }),
    confirmedBy: z.enum(['command', 'asking']).nullable().meta({
      description:
        '`command`: it has accepted them. `asking`: it has asked by itself, and was given them or said that it has them.',
    }),
    confirmedAt: dateTime.nullable(),
    commandId: uuid.nullable().meta({ description: 'The command that it was sent last.' }),
    sentAt: dateTime.nullable(),
    attempts: z.int().meta({ description: 'How often these prices were sent.' }),
    nextTryAt: dateTime.nullable().meta({
      description:
        'When it is tried again at the latest; null: when the station connects, or there is nothing to be tried.',
    }),
    problem: z.string().nullable().meta({ description: 'Why the station does not have them.' }),
    updatedAt: dateTime,
  })
  .meta({ id: 'TariffDelivery' }) satisfies z.ZodType<TariffDeliveryView>;
