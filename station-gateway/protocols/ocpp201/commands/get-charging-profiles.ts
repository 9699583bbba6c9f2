import { withFacts } from '../../ocpp-j/facts.ts';
import { byStatus } from '../../ocpp-j/outcome.ts';
import { NO_REQUEST_ID } from '../../ocpp-j/values/request-id.ts';
import type { Ocpp201Command } from '../command.ts';

/** GetChargingProfiles (OCPP 2.0.1 Part 2 §1.21; K09). No profiles is an answer as well; they come as ReportChargingProfiles. */
export const getChargingProfiles: Ocpp201Command<'get-charging-profiles', 'GetChargingProfiles'> = {
  command: 'get-charging-profiles',
  action: 'GetChargingProfiles',
  toCalls: ({ payload }) => {
    const { requestId, evseId, chargingProfilePurpose, stackLevel, chargingProfileIds, chargingLimitSource } = payload;
    if (requestId === undefined) return NO_REQUEST_ID;
    const chargingProfile = {
      chargingProfilePurpose,
      stackLevel,
      chargingProfileId: chargingProfileIds,
      chargingLimitSource,
    };
    return [{ requestId, evseId, chargingProfile }];
  },
  toOutcome: withFacts(byStatus('Accepted', 'NoProfiles'), ({ status }) =>
    status === 'NoProfiles' ? { kind: 'report-empty' } : undefined,
  ),
  fromPayload: ({ requestId, evseId, chargingProfile: criteria }) => ({
    action: 'get-charging-profiles',
    payload: {
      requestId,
      evseId,
      chargingProfilePurpose: criteria.chargingProfilePurpose,
      stackLevel: criteria.stackLevel,
      chargingProfileIds: criteria.chargingProfileId,
      chargingLimitSource: criteria.chargingLimitSource,
    },
  }),
};
