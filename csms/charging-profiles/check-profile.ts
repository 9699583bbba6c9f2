import type { ChargingProfile } from '../contract/commands.ts';
import { type ProfileLimits, UNKNOWN_LIMITS } from './profile-limits.ts';

/** What a profile is about to be used for. */
export interface ProfileUse {
  /** Of the command, JSON path of the profile in its payload is `/chargingProfile`. */
  readonly command: 'set-charging-profile' | 'start-transaction';
  /** 0: the station as a whole. Absent where a start leaves the choice to the station. */
  readonly evseId?: number | undefined;
  /** Whether the command names a transaction. */
  readonly namesTransaction: boolean;
  readonly limits?: ProfileLimits | undefined;
}

type Rule = (profile: ChargingProfile, use: ProfileUse) => readonly string[];

/**
 * What is wrong with a charging profile, before it is sent: a station answers `Rejected` and does not say why.
 *
 * @returns a line for each problem, `/path what is wrong`; empty when there is none
 */
export function checkProfile(profile: ChargingProfile, use: ProfileUse): string[] {
  return RULES.flatMap((rule) => rule(profile, use));
}

/** OCPP 2.0.1 K03.FR.01; 1.6 §3.13.1: it limits the station as a whole. */
const maxProfileIsForStation: Rule = ({ chargingProfilePurpose }, { evseId }) =>
  chargingProfilePurpose === 'ChargingStationMaxProfile' && evseId !== undefined && evseId !== 0
    ? ['/evseId must be 0 for a ChargingStationMaxProfile']
    : [];

/** OCPP 2.0.1 K01.FR.38: there is no transaction whose start it could be relative to. */
const maxProfileIsNotRelative: Rule = ({ chargingProfilePurpose, chargingProfileKind }) =>
  chargingProfilePurpose === 'ChargingStationMaxProfile' && chargingProfileKind === 'Relative'
    ? ['/chargingProfile/chargingProfileKind must not be Relative for a ChargingStationMaxProfile']
    : [];

/** OCPP 2.0.1 K01.FR.16; 1.6 §3.13.1, §5.16: transactions run at EVSEs. */
const txProfileIsForEvse: Rule = ({ chargingProfilePurpose }, { evseId }) =>
  chargingProfilePurpose === 'TxProfile' && evseId === 0 ? ['/evseId must be that of an EVSE for a TxProfile'] : [];

/** OCPP 2.0.1 K01.FR.03; 1.6 §7.8: the transaction is that of a TxProfile. */
const onlyTxProfileNamesTransaction: Rule = ({ chargingProfilePurpose }, { namesTransaction }) =>
  namesTransaction && chargingProfilePurpose !== 'TxProfile' ? ['/transactionId is for a TxProfile only'] : [];

/** OCPP 2.0.1 F01, K05; 1.6 §5.11: a start carries the profile of its transaction, which has no id yet. */
const startCarriesTxProfile: Rule = ({ chargingProfilePurpose }, { command, namesTransaction }) =>
  command === 'start-transaction'
    ? [
        ...(chargingProfilePurpose === 'TxProfile'
          ? []
          : ['/chargingProfile/chargingProfilePurpose must be TxProfile in a start']),
        ...(namesTransaction ? ['/transactionId cannot be known before the start'] : []),
      ]
    : [];

/** OCPP 2.0.1 K01.FR.40; 1.6 §7.14 (where Absolute without a start would be relative). */
const absoluteHasStart: Rule = ({ chargingProfileKind, chargingSchedule }) =>
  chargingProfileKind === 'Absolute' && chargingSchedule.startSchedule === undefined
    ? ['/chargingProfile/chargingSchedule/startSchedule is needed for an Absolute profile']
    : [];

/** OCPP 2.0.1 K01.FR.40, ChargingProfileType.recurrencyKind; 1.6 §3.13.2. */
const recurringHasStart: Rule = ({ chargingProfileKind, recurrencyKind, chargingSchedule }) =>
  chargingProfileKind === 'Recurring'
    ? [
        ...(recurrencyKind === undefined ? ['/chargingProfile/recurrencyKind is needed for a Recurring profile'] : []),
        ...(chargingSchedule.startSchedule === undefined
          ? ['/chargingProfile/chargingSchedule/startSchedule is needed for a Recurring profile']
          : []),
      ]
    : [];

/** OCPP 2.0.1 K01.FR.41; 1.6 §3.13.2: it starts with the transaction. */
const relativeHasNoStart: Rule = ({ chargingProfileKind, chargingSchedule }) =>
  chargingProfileKind === 'Relative' && chargingSchedule.startSchedule !== undefined
    ? ['/chargingProfile/chargingSchedule/startSchedule must not be given for a Relative profile']
    : [];

/** OCPP 2.0.1 ChargingProfileType.validFrom, validTo; 1.6 §7.8. */
const validityIsInOrder: Rule = ({ validFrom, validTo }) =>
  validFrom !== undefined && validTo !== undefined && Date.parse(validFrom) >= Date.parse(validTo)
    ? ['/chargingProfile/validTo must be after validFrom']
    : [];

/** OCPP 2.0.1 K01.FR.31; 1.6 §7.15. */
const firstPeriodStartsAtZero: Rule = ({ chargingSchedule }) => {
  const [first] = chargingSchedule.chargingSchedulePeriod;
  return first === undefined || first.startPeriod !== 0 ? [`${PERIODS}/0/startPeriod must be 0`] : [];
};

/** OCPP 2.0.1 K01.FR.35; 1.6 §7.15. */
const periodsAscend: Rule = ({ chargingSchedule }) =>
  chargingSchedule.chargingSchedulePeriod.flatMap(({ startPeriod }, index, periods) => {
    const before = periods[index - 1];
    return before !== undefined && startPeriod <= before.startPeriod
      ? [`${PERIODS}/${index}/startPeriod must be after the period before`]
      : [];
  });

/** OCPP 2.0.1 ChargingScheduleType.duration; 1.6 §7.14: a period that begins after the end says nothing. */
const durationCoversPeriods: Rule = ({ chargingSchedule }) => {
  const { duration, chargingSchedulePeriod } = chargingSchedule;
  const last = chargingSchedulePeriod.at(-1);
  return duration !== undefined && last !== undefined && duration <= last.startPeriod
    ? ['/chargingProfile/chargingSchedule/duration must reach beyond the start of the last period']
    : [];
};

/** OCPP 2.0.1 ChargingSchedulePeriodType.limit; 1.6 §7.15: at least 0, at most one digit after the point. */
const limitsAreWritable: Rule = ({ chargingSchedule }) =>
  chargingSchedule.chargingSchedulePeriod.flatMap(({ limit }, index) => checkLimit(`${PERIODS}/${index}/limit`, limit));

/** OCPP 2.0.1 ChargingScheduleType.minChargingRate; 1.6 §7.14: written as limits are. */
const minChargingRateIsWritable: Rule = ({ chargingSchedule: { minChargingRate } }) =>
  minChargingRate === undefined ? [] : checkLimit('/chargingProfile/chargingSchedule/minChargingRate', minChargingRate);

/** OCPP 2.0.1 ChargingSchedulePeriodType.numberPhases; 1.6 §7.15. */
const phasesExist: Rule = ({ chargingSchedule }) =>
  chargingSchedule.chargingSchedulePeriod.flatMap(({ numberPhases }, index) =>
    numberPhases === undefined || (Number.isInteger(numberPhases) && numberPhases >= 1 && numberPhases <= 3)
      ? []
      : [`${PERIODS}/${index}/numberPhases must be 1, 2 or 3`],
  );

/** OCPP 2.0.1 SmartChargingCtrlr.ProfileStackLevel; 1.6 §9.4 ChargeProfileMaxStackLevel. */
const stackLevelIsKnown: Rule = ({ stackLevel }, { limits = UNKNOWN_LIMITS }) => [
  ...(stackLevel < 0 ? ['/chargingProfile/stackLevel must be at least 0'] : []),
  ...(limits.maxStackLevel !== undefined && stackLevel > limits.maxStackLevel
    ? [`/chargingProfile/stackLevel must be at most ${limits.maxStackLevel}: the station takes no more`]
    : []),
];

/** OCPP 2.0.1 K01.FR.26, SmartChargingCtrlr.RateUnit; 1.6 §9.4 ChargingScheduleAllowedChargingRateUnit. */
const rateUnitIsAllowed: Rule = ({ chargingSchedule: { chargingRateUnit } }, { limits = UNKNOWN_LIMITS }) =>
  limits.rateUnits !== undefined && !limits.rateUnits.includes(chargingRateUnit)
    ? [
        `/chargingProfile/chargingSchedule/chargingRateUnit must be ${limits.rateUnits.join(' or ')}: the station takes no other`,
      ]
    : [];

/** OCPP 2.0.1 SmartChargingCtrlr.PeriodsPerSchedule; 1.6 §9.4 ChargingScheduleMaxPeriods. */
const periodsAreNotTooMany: Rule = ({ chargingSchedule }, { limits = UNKNOWN_LIMITS }) =>
  limits.maxPeriods !== undefined && chargingSchedule.chargingSchedulePeriod.length > limits.maxPeriods
    ? [`${PERIODS} must have at most ${limits.maxPeriods} periods: the station takes no more`]
    : [];

const PERIODS = '/chargingProfile/chargingSchedule/chargingSchedulePeriod';

const RULES: readonly Rule[] = [
  maxProfileIsForStation,
  maxProfileIsNotRelative,
  txProfileIsForEvse,
  onlyTxProfileNamesTransaction,
  startCarriesTxProfile,
  absoluteHasStart,
  recurringHasStart,
  relativeHasNoStart,
  validityIsInOrder,
  firstPeriodStartsAtZero,
  periodsAscend,
  durationCoversPeriods,
  limitsAreWritable,
  minChargingRateIsWritable,
  phasesExist,
  stackLevelIsKnown,
  rateUnitIsAllowed,
  periodsAreNotTooMany,
];

function checkLimit(path: string, limit: number): string[] {
  if (!Number.isFinite(limit) || limit < 0) return [`${path} must be at least 0`];
  return /^\d+(?:\.\d)?$/.test(String(limit)) ? [] : [`${path} must have at most one digit after the point`];
}
