import type { StationCommandOf } from '@voltpile/csms/contract/commands';
import type { CommandFacts } from '@voltpile/csms/contract/station-link';
import { withFacts } from '../../ocpp-j/facts.ts';
import { byStatus } from '../../ocpp-j/outcome.ts';
import { asFields, asList } from '../../ocpp-j/values/fields.ts';
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
  toOutcome: withFacts(byStatus('Accepted'), toScheduleFacts),
  fromPayload: ({ connectorId, duration, chargingRateUnit }) => ({
    action: 'get-composite-schedule',
    payload: { evseId: connectorId, durationSeconds: duration, chargingRateUnit },
  }),
};

/** The answer in the shape of 2.0.1's CompositeScheduleType (Part 2 §2.18). */
function toScheduleFacts(
  { status, connectorId, scheduleStart, chargingSchedule }: Readonly<Record<string, unknown>>,
  { payload }: StationCommandOf<'get-composite-schedule'>,
): CommandFacts | undefined {
  if (status !== 'Accepted') return undefined;
  const { duration, startSchedule, chargingRateUnit, chargingSchedulePeriod } = asFields(chargingSchedule);
  if (chargingSchedulePeriod === undefined) return { kind: 'composite-schedule', schedule: null };
  return {
    kind: 'composite-schedule',
    schedule: {
      evseId: typeof connectorId === 'number' ? connectorId : payload.evseId,
      duration: duration ?? payload.durationSeconds,
      scheduleStart: scheduleStart ?? startSchedule ?? null,
      chargingRateUnit: chargingRateUnit ?? payload.chargingRateUnit ?? null,
      chargingSchedulePeriod: asList(chargingSchedulePeriod).map(asFields),
    },
  };
}
