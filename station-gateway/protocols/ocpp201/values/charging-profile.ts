import type { ChargingProfile } from '@voltpile/csms/contract/commands';
import type { Ocpp201Request } from '@voltpile/ocpp/actions/ocpp201-payloads';
import { toUtcIfGiven } from '../../ocpp-j/values/times.ts';

type Ocpp201ChargingProfile = Ocpp201Request<'SetChargingProfile'>['chargingProfile'];
type Purpose = ChargingProfile['chargingProfilePurpose'];

/** ChargingProfileType (OCPP 2.0.1 Part 2 §2.12): one schedule, which bears the profile's number when it has none of its own. */
export function toOcpp201ChargingProfile(
  profile: ChargingProfile,
  stationTransactionId?: string,
): Ocpp201ChargingProfile {
  const { validFrom, validTo, chargingSchedule, ...same } = profile;
  return {
    ...same,
    validFrom: toUtcIfGiven(validFrom),
    validTo: toUtcIfGiven(validTo),
    chargingSchedule: [
      {
        ...chargingSchedule,
        id: chargingSchedule.id ?? profile.id,
        startSchedule: toUtcIfGiven(chargingSchedule.startSchedule),
      },
    ],
    ...(stationTransactionId !== undefined && profile.chargingProfilePurpose === 'TxProfile'
      ? { transactionId: stationTransactionId }
      : {}),
  };
}

/** The neutral profile; the transaction's name travels beside it, in the command. What it cannot say shows when it is written back. */
export function fromOcpp201ChargingProfile(profile: Ocpp201ChargingProfile): ChargingProfile {
  const {
    transactionId: _,
    customData: __,
    validFrom,
    validTo,
    chargingSchedule,
    chargingProfilePurpose,
    ...same
  } = profile;
  const [schedule] = chargingSchedule;
  return {
    ...same,
    chargingProfilePurpose: chargingProfilePurpose as Purpose,
    validFrom: toUtcIfGiven(validFrom),
    validTo: toUtcIfGiven(validTo),
    chargingSchedule: {
      ...(schedule === undefined || schedule.id === profile.id ? {} : { id: schedule.id }),
      duration: schedule?.duration,
      startSchedule: toUtcIfGiven(schedule?.startSchedule),
      chargingRateUnit: schedule?.chargingRateUnit ?? 'W',
      minChargingRate: schedule?.minChargingRate,
      chargingSchedulePeriod: (schedule?.chargingSchedulePeriod ?? []).map(({ startPeriod, limit, numberPhases }) => ({
        startPeriod,
        limit,
        numberPhases,
      })),
    },
  };
}
