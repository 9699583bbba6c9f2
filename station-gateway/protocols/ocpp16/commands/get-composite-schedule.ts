import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';

/** GetCompositeSchedule (OCPP 1.6 §6.21): what all charging profiles together allow. */
export const getCompositeSchedule: Ocpp16Command<'get-composite-schedule', 'GetCompositeSchedule'> = {
  command: 'get-composite-schedule',
  action: 'GetCompositeSchedule',
  toCalls: ({ payload }) => [
    {
      connectorId: payload.evseId,
      duration: payload.durationSeconds,
      chargingRateUnit: payload.chargingRateUnit,
    },
  ],
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ connectorId, duration, chargingRateUnit }) => ({
    action: 'get-composite-schedule',
    payload: { evseId: connectorId, durationSeconds: duration, chargingRateUnit },
  }),
};
