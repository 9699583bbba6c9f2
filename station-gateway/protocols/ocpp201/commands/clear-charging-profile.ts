import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';

/** ClearChargingProfile (OCPP 2.0.1 Part 2 §1.7; K10): those that match all that is given. */
export const clearChargingProfile: Ocpp201Command<'clear-charging-profile', 'ClearChargingProfile'> = {
  command: 'clear-charging-profile',
  action: 'ClearChargingProfile',
  toCalls: ({ payload: { chargingProfileId, evseId, chargingProfilePurpose, stackLevel } }) => {
    const criteria = { evseId, chargingProfilePurpose, stackLevel };
    const isAny = Object.values(criteria).every((value) => value === undefined);
    return [{ chargingProfileId, chargingProfileCriteria: isAny ? undefined : criteria }];
  },
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ chargingProfileId, chargingProfileCriteria: criteria }) => ({
    action: 'clear-charging-profile',
    payload: {
      chargingProfileId,
      evseId: criteria?.evseId,
      chargingProfilePurpose: criteria?.chargingProfilePurpose,
      stackLevel: criteria?.stackLevel,
    },
  }),
};
