import { withFacts } from '../../ocpp-j/facts.ts';
import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';

/** GetCompositeSchedule (OCPP 2.0.1 Part 2 §1.22; K08): what all charging profiles together allow. */
export const getCompositeSchedule: Ocpp201Command<'get-composite-schedule', 'GetCompositeSchedule'> = {
  command: 'get-composite-schedule',
  action: 'GetCompositeSchedule',
  toCalls: ({ payload: { evseId, durationSeconds, chargingRateUnit } }) => [
    { evseId, duration: durationSeconds, chargingRateUnit },
  ],
  toOutcome: withFacts(byStatus('Accepted'), ({ status, schedule }) => {
    if (status !== 'Accepted') return undefined;
    const isSchedule = typeof schedule === 'object' && schedule !== null && !Array.isArray(schedule);
    return { kind: 'composite-schedule', schedule: isSchedule ? (schedule as Record<string, unknown>) : null };
  }),
  fromPayload: ({ evseId, duration, chargingRateUnit }) => ({
    action: 'get-composite-schedule',
    payload: { evseId, durationSeconds: duration, chargingRateUnit },
  }),
};
