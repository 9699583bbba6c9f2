import type { Instant } from '@voltpile/kernel/clock';

const DAY_MS = 86_400_000;
const MAX_COMPOSITE_SECONDS = 7 * 86_400;
const NOMINAL_VOLTAGE = 230;

/** What a profile is for. `external` comes from the grid or the building, not from the central system (OCPP 2.0.1). */
export type ProfilePurpose = 'station-max' | 'external' | 'default' | 'transaction';
export type RateUnit = 'W' | 'A';

export interface SchedulePeriod {
  readonly startPeriod: number;
  readonly limit: number;
}

/** A charging profile, whatever protocol it came in. */
export interface Profile {
  readonly id: number;
  readonly level: number;
  readonly purpose: ProfilePurpose;
  readonly kind: 'Absolute' | 'Recurring' | 'Relative';
  readonly recurrency: 'Daily' | 'Weekly' | undefined;
  readonly validFrom: Instant | undefined;
  readonly validTo: Instant | undefined;
  readonly schedule: {
    readonly start: Instant | undefined;
    readonly durationSeconds: number | undefined;
    readonly unit: RateUnit;
    readonly periods: readonly SchedulePeriod[];
  };
}

/** The transaction that a limit is asked for; relative schedules count from its start. */
export interface ProfileContext {
  readonly startedAt: Instant;
}

/** What the configuration allows; asked anew each time. */
export interface ProfileRules {
  units(): readonly RateUnit[];
  maxLevel(): number;
  maxPeriods(): number;
  maxInstalled(): number;
  /** Another profile of the same level and purpose on the connector goes (1.6), or keeps the new one out (2.0.1, K01.FR.39). */
  readonly replacesSameLevel: boolean;
}

export interface Installed<T> {
  /** 0: the station as a whole. */
  readonly connectorId: number;
  readonly profile: Profile;
  /** As it came. */
  readonly original: T;
}

/**
 * Charging profiles (OCPP 1.6, 3.13; 2.0.1, K): stored within the limits of the configuration, stacked by level, and combined into one
 * limit. The transaction's profile goes before the default one, and neither may exceed the station's maximum.
 *
 * @typeParam T the profile as the protocol writes it
 */
export class ChargingProfiles<T> {
  readonly #rules: ProfileRules;
  readonly #phases: number;
  #installed: Installed<T>[] = [];

  /** @param phases how many phases the connectors have, for amperes ↔ watts at 230 V */
  constructor(rules: ProfileRules, phases: number) {
    this.#rules = rules;
    this.#phases = phases;
  }

  get size(): number {
    return this.#installed.length;
  }

  /** Stores a profile; one with the same id goes. */
  set(connectorId: number, profile: Profile, original: T): 'Accepted' | 'Rejected' {
    if (!this.#isAllowed(connectorId, profile)) return 'Rejected';
    const others = this.#installed.filter((other) => other.profile.id !== profile.id);
    const onSamePlace = others.filter(
      (other) =>
        other.connectorId === connectorId &&
        other.profile.level === profile.level &&
        other.profile.purpose === profile.purpose,
    );
    if (onSamePlace.length > 0 && !this.#rules.replacesSameLevel) return 'Rejected';
    const kept = others.filter((other) => !onSamePlace.includes(other));
    if (kept.length >= this.#rules.maxInstalled()) return 'Rejected';
    this.#installed = [...kept, { connectorId, profile, original }];
    return 'Accepted';
  }

  list(matches: (installed: Installed<T>) => boolean = () => true): Installed<T>[] {
    return this.#installed.filter(matches);
  }

  /** Removes what matches. @returns whether anything did */
  clear(matches: (installed: Installed<T>) => boolean): boolean {
    const before = this.#installed.length;
    this.#installed = this.#installed.filter((installed) => !matches(installed));
    return this.#installed.length < before;
  }

  /** Profiles of a transaction go with it. */
  transactionEnded(connectorId: number): void {
    this.clear((entry) => entry.connectorId === connectorId && entry.profile.purpose === 'transaction');
  }

  /** Watts that a connector may give now; undefined when no profile says anything. */
  connectorLimitW(connectorId: number, at: Instant, context: ProfileContext | undefined): number | undefined {
    const own =
      this.#limitOf('transaction', connectorId, at, context) ?? this.#limitOf('default', connectorId, at, context);
    return smaller(own, connectorId === 0 ? undefined : this.#limitOf('external', connectorId, at, context));
  }

  /** Watts that the whole station may take now; undefined when no profile says anything. */
  stationLimitW(at: Instant): number | undefined {
    return smaller(this.#limitOf('station-max', 0, at, undefined), this.#limitOf('external', 0, at, undefined));
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
    unit: RateUnit,
    context: ProfileContext | undefined,
    fallbackW: number,
  ): { readonly durationSeconds: number; readonly periods: SchedulePeriod[] } {
    const duration = Math.min(durationSeconds, MAX_COMPOSITE_SECONDS);
    const end = at + duration * 1000;
    const times = new Set<number>([at]);
    for (const { profile } of this.#installed) {
      for (const change of changesOf(profile, at, end, context)) if (change > at && change < end) times.add(change);
    }
    const periods: SchedulePeriod[] = [];
    for (const time of [...times].sort((a, b) => a - b)) {
      const instant = time as Instant;
      const station = this.stationLimitW(instant);
      const connector = connectorId === 0 ? undefined : this.connectorLimitW(connectorId, instant, context);
      const limitW = Math.min(station ?? fallbackW, connector ?? fallbackW, fallbackW);
      const limit = this.#fromWatts(limitW, unit);
      if (periods.at(-1)?.limit === limit) continue;
      periods.push({ startPeriod: Math.floor((time - at) / 1000), limit });
    }
    return { durationSeconds: duration, periods };
  }

  #isAllowed(connectorId: number, profile: Profile): boolean {
    const { schedule, kind } = profile;
    if (!this.#rules.units().includes(schedule.unit)) return false;
    if (profile.level > this.#rules.maxLevel()) return false;
    const { periods } = schedule;
    if (periods.length === 0 || periods.length > this.#rules.maxPeriods()) return false;
    if (periods[0]?.startPeriod !== 0) return false;
    if (periods.some((period, index) => index > 0 && period.startPeriod <= (periods[index - 1]?.startPeriod ?? 0))) {
      return false;
    }
    if (kind === 'Recurring' && (profile.recurrency === undefined || schedule.start === undefined)) return false;
    switch (profile.purpose) {
      case 'station-max':
        return connectorId === 0 && kind !== 'Relative';
      case 'transaction':
        return connectorId > 0;
      default:
        return true;
    }
  }

  #limitOf(
    purpose: ProfilePurpose,
    connectorId: number,
    at: Instant,
    context: ProfileContext | undefined,
  ): number | undefined {
    let best: { readonly rank: number; readonly watts: number } | undefined;
    for (const entry of this.#installed) {
      const { profile } = entry;
      if (profile.purpose !== purpose) continue;
      if (entry.connectorId !== connectorId && !(purpose === 'default' && entry.connectorId === 0)) continue;
      const watts = this.#limitAt(profile, at, context);
      if (watts === undefined) continue;
      // On the same level a connector's own profile goes before the one for all connectors.
      const rank = profile.level * 2 + (entry.connectorId === connectorId ? 1 : 0);
      if (best === undefined || rank > best.rank) best = { rank, watts };
    }
    return best?.watts;
  }

  #limitAt(profile: Profile, at: number, context: ProfileContext | undefined): number | undefined {
    if (profile.validFrom !== undefined && at < profile.validFrom) return undefined;
    if (profile.validTo !== undefined && at >= profile.validTo) return undefined;
    const { schedule } = profile;
    const elapsed = (at - scheduleStart(profile, at, context)) / 1000;
    if (elapsed < 0 || (schedule.durationSeconds !== undefined && elapsed >= schedule.durationSeconds)) {
      return undefined;
    }
    let limit: number | undefined;
    for (const period of schedule.periods) if (period.startPeriod <= elapsed) limit = period.limit;
    return limit === undefined ? undefined : this.#toWatts(limit, schedule.unit);
  }

  #toWatts(limit: number, unit: RateUnit): number {
    return unit === 'W' ? limit : limit * NOMINAL_VOLTAGE * this.#phases;
  }

  /** In the unit, with the one decimal that OCPP allows. */
  #fromWatts(watts: number, unit: RateUnit): number {
    return Math.round((unit === 'W' ? watts : watts / (NOMINAL_VOLTAGE * this.#phases)) * 10) / 10;
  }
}

/** Instants between `from` and `to` at which a profile's limit may change. */
function changesOf(profile: Profile, from: number, to: number, context: ProfileContext | undefined): number[] {
  const changes: number[] = [];
  if (profile.validFrom !== undefined) changes.push(profile.validFrom);
  if (profile.validTo !== undefined) changes.push(profile.validTo);
  const { schedule } = profile;
  const addOccurrence = (start: number) => {
    for (const period of schedule.periods) changes.push(start + period.startPeriod * 1000);
    if (schedule.durationSeconds !== undefined) changes.push(start + schedule.durationSeconds * 1000);
  };
  const first = scheduleStart(profile, from, context);
  addOccurrence(first);
  const recurrence = recurrenceMs(profile);
  if (recurrence !== undefined) for (let next = first + recurrence; next < to; next += recurrence) addOccurrence(next);
  return changes;
}

function recurrenceMs(profile: Profile): number | undefined {
  if (profile.kind !== 'Recurring') return undefined;
  return profile.recurrency === 'Weekly' ? 7 * DAY_MS : DAY_MS;
}

/** When the schedule in force at an instant began. */
function scheduleStart(profile: Profile, at: number, context: ProfileContext | undefined): number {
  const { start } = profile.schedule;
  if (profile.kind === 'Relative' || start === undefined) return context?.startedAt ?? at;
  const recurrence = recurrenceMs(profile);
  return recurrence === undefined || at < start ? start : at - ((at - start) % recurrence);
}

function smaller(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
