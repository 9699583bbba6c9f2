import type { ReportedChargingProfile } from '@voltpile/csms/contract/station-port';
import { readInteger, readName } from '../../ocpp-j/values/fields.ts';
import { readRequestId } from '../../ocpp-j/values/request-id.ts';
import type { Ocpp201Message } from '../message.ts';
import { readEvseId } from '../values/evse.ts';
import { readEach } from '../values/read-each.ts';

const MAX_INTEGER = 2_147_483_647;

/** ReportChargingProfiles (OCPP 2.0.1 Part 2 §1.43; K09): a part of the profiles that the station holds. */
export const reportChargingProfiles: Ocpp201Message<'ReportChargingProfiles'> = {
  action: 'ReportChargingProfiles',
  isTransactional: false,
  async handle(request, exchange) {
    const requestId = readRequestId(request.requestId);
    const evseId = readEvseId(request.evseId);
    if (requestId === undefined || evseId === undefined) return null;
    const profiles = readEach(request.chargingProfile, '/chargingProfile', exchange, readProfile);
    await exchange.port.chargingProfilesReported({
      origin: exchange.origin(),
      requestId,
      evseId,
      source: readName(request.chargingLimitSource) ?? 'Other',
      toBeContinued: request.tbc === true,
      profiles,
    });
    return {};
  },
};

/** ChargingProfileType (§2.12), kept as it is; undefined when it has no number. */
function readProfile(profile: Readonly<Record<string, unknown>>): ReportedChargingProfile | undefined {
  const id = readInteger(profile.id, 0, MAX_INTEGER);
  return id === undefined ? undefined : { ...profile, id };
}
