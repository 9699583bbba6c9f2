import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';
import { fromOcpp16Purpose, toOcpp16Purpose } from '../values/charging-profile.ts';

/** ClearChargingProfile (OCPP 1.6 §6.13): those that match all that is given. */
export const clearChargingProfile: Ocpp16Command<'clear-charging-profile', 'ClearChargingProfile'> = {
  command: 'clear-charging-profile',
  action: 'ClearChargingProfile',
  toCalls: ({ payload }) => {
    const { chargingProfileId, evseId, chargingProfilePurpose: purpose, stackLevel } = payload;
    if (purpose === 'ChargingStationExternalConstraints') return { unsendable: `OCPP 1.6 has no ${purpose}.` };
    return [
      {
        id: chargingProfileId,
        connectorId: evseId,
        chargingProfilePurpose: purpose === undefined ? undefined : toOcpp16Purpose(purpose),
        stackLevel,
      },
    ];
  },
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ id, connectorId, chargingProfilePurpose: purpose, stackLevel }) => ({
    action: 'clear-charging-profile',
    payload: {
      chargingProfileId: id,
      evseId: connectorId,
      chargingProfilePurpose: purpose === undefined ? undefined : fromOcpp16Purpose(purpose),
      stackLevel,
    },
  }),
};
