import type { ChargingProfile } from '@voltpile/csms/contract/commands';
import type { Ocpp16Request } from '@voltpile/ocpp/actions/ocpp16-payloads';
import { toUtcIfGiven } from '../../ocpp-j/values/times.ts';

type Ocpp16ChargingProfile = Ocpp16Request<'SetChargingProfile'>['csChargingProfiles'];
type Ocpp16Purpose = Ocpp16ChargingProfile['chargingProfilePurpose'];
type Purpose = ChargingProfile['chargingProfilePurpose'];

/** The neutral purpose in 1.6's word (ChargingProfilePurposeType, §7.13). */
export function toOcpp16Purpose(purpose: Purpose): Ocpp16Purpose {
  return purpose === 'ChargingStationMaxProfile' ? 'ChargePointMaxProfile' : purpose;
}

/** 1.6's purpose in the neutral word. */
export function fromOcpp16Purpose(purpose: Ocpp16Purpose): Purpose {
  return purpose === 'ChargePointMaxProfile' ? 'ChargingStationMaxProfile' : purpose;
}

/** ChargingProfile (OCPP 1.6 §7.8). The transaction's number belongs to a TxProfile of a running transaction only; schedules have none. */
export function toOcpp16ChargingProfile(
  profile: ChargingProfile,
  stationTransactionId?: string,
): Ocpp16ChargingProfile {
  const { id, chargingProfilePurpose, validFrom, validTo, chargingSchedule, ...same } = profile;
  const { id: _, ...schedule } = chargingSchedule;
  return {
    ...same,
    chargingProfileId: id,
    chargingProfilePurpose: toOcpp16Purpose(chargingProfilePurpose),
    validFrom: toUtcIfGiven(validFrom),
    validTo: toUtcIfGiven(validTo),
    chargingSchedule: { ...schedule, startSchedule: toUtcIfGiven(schedule.startSchedule) },
    ...(stationTransactionId !== undefined && chargingProfilePurpose === 'TxProfile'
      ? { transactionId: Number(stationTransactionId) }
      : {}),
  };
}

/** The neutral profile; the transaction's number travels beside it, in the command. */
export function fromOcpp16ChargingProfile(profile: Ocpp16ChargingProfile): ChargingProfile {
  const {
    chargingProfileId,
    transactionId: _,
    chargingProfilePurpose,
    validFrom,
    validTo,
    chargingSchedule,
    ...same
  } = profile;
  return {
    ...same,
    id: chargingProfileId,
    chargingProfilePurpose: fromOcpp16Purpose(chargingProfilePurpose),
    validFrom: toUtcIfGiven(validFrom),
    validTo: toUtcIfGiven(validTo),
    chargingSchedule: { ...chargingSchedule, startSchedule: toUtcIfGiven(chargingSchedule.startSchedule) },
  };
}
