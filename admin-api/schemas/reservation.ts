import { COMMAND_PAYLOADS } from '@voltpile/csms/contract/commands';
import { RESERVATION_STATUSES, type ReservationView } from '@voltpile/csms/contract/reservations-port';
import * as z from 'zod';
import { dateTime, uuid } from './common.ts';
import { connectorStatus } from './station.ts';

export const reservationStatus = z.enum(RESERVATION_STATUSES);

export const reservationView = z
  .object({
    id: uuid,
    organizationId: uuid,
    siteId: uuid,
    stationId: z.string(),
    reservationId: z.int().meta({ description: 'What the station knows it by.' }),
    evseId: z.int().nullable().meta({ description: 'null: the station chooses.' }),
    connectorType: z.string().nullable(),
    idToken: z.string(),
    groupIdToken: z.string().nullable().meta({ description: 'Tokens of this group may use it, too.' }),
    status: reservationStatus.meta({
      description: '`unknown`: the station’s answer was lost, it may hold the reservation or not.',
    }),
    refusal: z.string().nullable().meta({
      description:
        'Why it was refused: the station’s word, or `Offline` (it was not asked), `Failed` (it gave no answer to it).',
    }),
    flags: z.array(z.string()).meta({ description: 'What was odd: used by another token, used after its end, …' }),
    commandId: uuid.meta({ description: 'The command that asked for it.' }),
    transactionId: uuid.nullable().meta({ description: 'That has used it.' }),
    createdBy: z.string().nullable(),
    createdAt: dateTime,
    expiresAt: dateTime,
    endedAt: dateTime.nullable(),
    connectorStatus: connectorStatus
      .nullable()
      .meta({ description: 'What the reserved EVSE shows now, the most serious of its connectors.' }),
  })
  .meta({ id: 'Reservation' }) satisfies z.ZodType<ReservationView>;

export const reservationInput = COMMAND_PAYLOADS['reserve-now']
  .omit({ reservationId: true })
  .extend({ timeoutSeconds: z.int().min(1).max(600).optional() })
  .meta({ id: 'ReservationInput' });
