import type { TariffDriver, TariffPlace, TariffTarget } from '../contract/tariff-assignments.ts';
import type { TariffQuestion } from './choose-assignment.ts';

/** A target taken apart: for whom (null: everybody), and where. */
export interface TargetParts {
  readonly driver: TariffDriver | null;
  readonly place: TariffPlace;
}

const EVERYWHERE: TariffPlace = { kind: 'organization' };

export function partsOf(target: TariffTarget): TargetParts {
  switch (target.kind) {
    case 'account':
    case 'partner':
    case 'account-group': {
      const { place = EVERYWHERE, ...driver } = target;
      return { driver, place };
    }
    default:
      return { driver: null, place: target };
  }
}

/** The inverse of {@link partsOf}; a driver's place is always named. */
export function targetOf({ driver, place }: TargetParts): TariffTarget {
  return driver === null ? place : { ...driver, place };
}

/** The id within its kind. */
export function idOfDriver(driver: TariffDriver): string {
  switch (driver.kind) {
    case 'account':
      return driver.accountId;
    case 'partner':
      return driver.partnerId;
    case 'account-group':
      return driver.accountGroupId;
  }
}

/** Same for the same drivers at the same place, and for no others. */
export function keyOfTarget({ driver, place }: TargetParts): string {
  const { kind, ...where } = place;
  const who = driver === null ? [] : [driver.kind, idOfDriver(driver).toLowerCase()];
  const ids = 'siteId' in where ? [where.siteId.toLowerCase()] : Object.values(where);
  return JSON.stringify([who, kind, ...ids]);
}

/** The keys of all targets that a question can meet: sixteen at most. */
export function keysOfQuestion(question: TariffQuestion): string[] {
  const { siteId, stationId, evseId, accountId, partnerId, accountGroupId } = question;
  const drivers: (TariffDriver | null)[] = [null];
  if (accountId !== null) drivers.push({ kind: 'account', accountId });
  if (partnerId !== null) drivers.push({ kind: 'partner', partnerId });
  if (accountGroupId !== null) drivers.push({ kind: 'account-group', accountGroupId });
  const places: TariffPlace[] = [EVERYWHERE, { kind: 'site', siteId }, { kind: 'station', stationId }];
  if (evseId !== null) places.push({ kind: 'evse', stationId, evseId });
  return drivers.flatMap((driver) => places.map((place) => keyOfTarget({ driver, place })));
}
