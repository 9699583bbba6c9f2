import type { Instant } from '@voltpile/kernel/clock';
import type { Configuration } from './configuration.ts';
import type {
  CentralRequest,
  ChargingProfile,
  ChargingProfilePurpose,
  ChargingRateUnit,
  ChargingSchedule,
} from './types.ts';

const DAY_MS = 86_400_000;
const MAX_COMPOSITE_SECONDS = 7 * 86_400;
const NOMINAL_VOLTAGE = 230;

interface Installed {
  readonly connectorId: number;
  readonly profile: ChargingProfile;
}

/** The transaction that a limit is asked for; relative schedules count from its start. */
export interface ProfileContext {
  readonly transactionId: number | undefined;
  readonly startedAt: Instant;
}

/**
 * Charging profiles (OCPP 1.6, 3.13): stored with the limits of the configuration, stacked by level, and combined into one limit. The
 * transaction's profile goes before the default one, and neither may exceed the station's maximum.
 */
export class ChargingProfiles {
  readonly #configuration: Configuration;
  readonly #phases: number;
  #installed: Installed[] = [];

  /** @param phases how many phases the connectors have, for amperes ↔ watts at 230 V */
  constructor(configuration: Configuration, phases: number) {
    this.#configuration = configuration;
    this.#phases = phases;
  }

  get size(): number {
    return this.#installed.length;
  }

  /** Stores a profile; a profile with the same id, or of the same level and purpose on the connector, goes. */
  set(connectorId: number, profile: ChargingProfile): 'Accepted' | 'Rejected' {
    if (!this.#isAllowed(connectorId, profile)) return 'Rejected';
    const { chargingProfileId, stackLevel, chargingProfilePurpose: purpose } = profile;
    const others = this.#installed.filter(
      (other) =>
        other.profile.chargingProfileId !== chargingProfileId &&
        !(
          other.connectorId === connectorId &&
          other.profile.stackLevel === stackLevel &&
          other.profile.chargingProfilePurpose === purpose
        ),
    );
    if (others.length >= this.#configuration.integer('MaxChargingProfilesInstalled')) return 'Rejected';
    this.#installed = [...others, { connectorId, profile }];
    return 'Accepted';
  }

  /** Removes what matches all criteria given. @returns whether anything did */
  clear(criteria: CentralRequest<'ClearChargingProfile'>): boolean {
    const before = this.#installed.length;
    this.#installed = this.#installed.filter(({ connectorId, profile }) => {
      if (criteria.id !== undefined) return profile.chargingProfileId !== criteria.id;
      const matches =
        (criteria.connectorId === undefined || criteria.connectorId === connectorId) &&
        (criteria.chargingProfilePurpose === undefined ||
          criteria.chargingProfilePurpose === profile.chargingProfilePurpose) &&
        (criteria.stackLevel === undefined || criteria.stackLevel === profile.stackLevel);
      return !matches;
    });
    return this.#installed.length < before;
  }

  /** Profiles of a transaction go with it. */
  transactionEnded(connectorId: number): void {
    this.#installed = this.#installed.filter(
      (entry) => !(entry.connectorId === connectorId && entry.profile.chargingProfilePurpose === 'TxProfile'),
    );
  }

  /** Watts that a connector's transaction may take now; undefined when no profile says anything. */
  connectorLimitW(connectorId: number, at: Instant, context: ProfileContext | undefined): number | undefined {
    const own =
      this.#limitOf('TxProfile', connectorId, at, context) ??
      this.#limitOf('TxDefaultProfile', connectorId, at, context);
    return own;
  }

  /** Watts that the whole station may take now; undefined when no profile says anything. */
  stationLimitW(at: Instant): number | undefined {
    return this.#limitOf('ChargePointMaxProfile', 0, at, undefined);
  }

  /**
   * The schedule that results for the coming seconds.
   *
   * @param fallbackW what is allowed where no profile says anything
   */
  composite(
    connectorId: number,
    at: Instant,
    durationSeconds: number,
    unit: ChargingRateUnit,
    context: ProfileContext | undefined,
    fallbackW: number,
  ): ChargingSchedule {
    const duration = Math.min(durationSeconds, MAX_COMPOSITE_SECONDS);
    const end = at + duration * 1000;
    const times = new Set<number>([at]);
    for (const { profile } of this.#installed) {
      for (const change of this.#changesOf(profile, at, end, context))
        if (change > at && change < end) times.add(change);
    }
    const chargingSchedulePeriod: ChargingSchedule['chargingSchedulePeriod'] = [];
    for (const time of [...times].sort((a, b) => a - b)) {
      const instant = time as Instant;
      const station = this.stationLimitW(instant);
      const connector = connectorId === 0 ? undefined : this.connectorLimitW(connectorId, instant, context);
      const limitW = Math.min(station ?? fallbackW, connector ?? fallbackW, fallbackW);
      const limit = this.#fromWatts(limitW, unit);
      if (chargingSchedulePeriod.at(-1)?.limit === limit) continue;
      chargingSchedulePeriod.push({ startPeriod: Math.floor((time - at) / 1000), limit });
    }
    return { duration, chargingRateUnit: unit, chargingSchedulePeriod };
  }

  #isAllowed(connectorId: number, profile: ChargingProfile): boolean {
    const { chargingSchedule: schedule, chargingProfileKind: kind } = profile;
    const units = this.#configuration.list('ChargingScheduleAllowedChargingRateUnit');
    if (!units.includes(schedule.chargingRateUnit === 'A' ? 'Current' : 'Power')) return false;
    if (profile.stackLevel > this.#configuration.integer('ChargeProfileMaxStackLevel')) return false;
    const periods = schedule.chargingSchedulePeriod;
    if (periods.length === 0 || periods.length > this.#configuration.integer('ChargingScheduleMaxPeriods'))
      return false;
    if (periods[0]?.startPeriod !== 0) return false;
    if (periods.some((period, index) => index > 0 && period.startPeriod <= (periods[index - 1]?.startPeriod ?? 0))) {
      return false;
    }
    if (kind === 'Recurring' && (profile.recurrencyKind === undefined || schedule.startSchedule === undefined))
      return false;
    switch (profile.chargingProfilePurpose) {
      case 'ChargePointMaxProfile':
        return connectorId === 0 && kind !== 'Relative';
      case 'TxDefaultProfile':
        return true;
      case 'TxProfile':
        return connectorId > 0;
    }
  }

  #limitOf(
    purpose: ChargingProfilePurpose,
    connectorId: number,
    at: Instant,
    context: ProfileContext | undefined,
  ): number | undefined {
    let best: { readonly rank: number; readonly watts: number } | undefined;
    for (const entry of this.#installed) {
      const { profile } = entry;
      if (profile.chargingProfilePurpose !== purpose) continue;
      if (entry.connectorId !== connectorId && !(purpose === 'TxDefaultProfile' && entry.connectorId === 0)) continue;
      const watts = this.#limitAt(profile, at, context);
      if (watts === undefined) continue;
      // On the same level a connector's own profile goes before the one for all connectors.
      const rank = profile.stackLevel * 2 + (entry.connectorId === connectorId ? 1 : 0);
      if (best === undefined || rank > best.rank) best = { rank, watts };
    }
    return best?.watts;
  }

  #limitAt(profile: ChargingProfile, at: number, context: ProfileContext | undefined): number | undefined {
    if (profile.validFrom !== undefined && at < Date.parse(profile.validFrom)) return undefined;
    if (profile.validTo !== undefined && at >= Date.parse(profile.validTo)) return undefined;
    const { chargingSchedule: schedule } = profile;
    const start = scheduleStart(profile, at, context);
    const elapsed = (at - start) / 1000;
    if (elapsed < 0 || (schedule.duration !== undefined && elapsed >= schedule.duration)) return undefined;
    let limit: number | undefined;
    for (const period of schedule.chargingSchedulePeriod) if (period.startPeriod <= elapsed) limit = period.limit;
    return limit === undefined ? undefined : this.#toWatts(limit, schedule.chargingRateUnit);
  }

  /** Instants between `from` and `to` at which a profile's limit may change. */
  #changesOf(profile: ChargingProfile, from: number, to: number, context: ProfileContext | undefined): number[] {
    const changes: number[] = [];
    if (profile.validFrom !== undefined) changes.push(Date.parse(profile.validFrom));
    if (profile.validTo !== undefined) changes.push(Date.parse(profile.validTo));
    const { chargingSchedule: schedule } = profile;
    const addOccurrence = (start: number) => {
      for (const period of schedule.chargingSchedulePeriod) changes.push(start + period.startPeriod * 1000);
      if (schedule.duration !== undefined) changes.push(start + schedule.duration * 1000);
    };
    const first = scheduleStart(profile, from, context);
    addOccurrence(first);
    const recurrence = recurrenceMs(profile);
    if (recurrence !== undefined)
      for (let next = first + recurrence; next < to; next += recurrence) addOccurrence(next);
    return changes;
  }

  #toWatts(limit: number, unit: ChargingRateUnit): number {
    return unit === 'W' ? limit : limit * NOMINAL_VOLTAGE * this.#phases;
  }

  /** In the unit, with the one decimal that OCPP 1.6 allows. */
  #fromWatts(watts: number, unit: ChargingRateUnit): number {
    return Math.round((unit === 'W' ? watts : watts / (NOMINAL_VOLTAGE * this.#phases)) * 10) / 10;
  }
}

function recurrenceMs(profile: ChargingProfile): number | undefined {
  if (profile.chargingProfileKind !== 'Recurring') return undefined;
  return profile.recurrencyKind === 'Weekly' ? 7 * DAY_MS : DAY_MS;
}

/** When the schedule in force at an instant began. */
function scheduleStart(profile: ChargingProfile, at: number, context: ProfileContext | undefined): number {
  const fallback = context?.startedAt ?? at;
  const { startSchedule } = profile.chargingSchedule;
  if (profile.chargingProfileKind === 'Relative' || startSchedule === undefined) return fallback;
  const start = Date.parse(startSchedule);
  const recurrence = recurrenceMs(profile);
  return recurrence === undefined || at < start ? start : at - ((at - start) % recurrence);
}
