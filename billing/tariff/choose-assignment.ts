import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { AccountKind } from '../contract/accounts.ts';
import type { TariffDriver, TariffPlace } from '../contract/tariff-assignments.ts';

/** Who charges, where and when. */
export interface TariffQuestion {
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  /** The station's identity. */
  readonly stationId: string;
  readonly evseId: number | null;
  readonly accountId: Uuid | null;
  readonly accountGroupId: Uuid | null;
  readonly partnerId: Uuid | null;
  readonly at: Instant;
}

/** Whom a tariff may be for: somebody's account, or nobody's. */
export function driverOf(
  account: { readonly id: Uuid; readonly kind: AccountKind; readonly groupId: Uuid | null } | null,
): Pick<TariffQuestion, 'accountId' | 'accountGroupId' | 'partnerId'> {
  return {
    accountId: account?.id ?? null,
    accountGroupId: account?.groupId ?? null,
    partnerId: account?.kind === 'partner' ? account.id : null,
  };
}

/** What is assigned to whom, as far as choosing needs it. */
export interface Candidate {
  readonly id: Uuid;
  readonly driver: TariffDriver | null;
  readonly place: TariffPlace;
  readonly validFrom: Instant;
  /** Exclusive; null: until further notice. */
  readonly validTo: Instant | null;
}

/** The more specific, the higher. */
const DRIVER_RANK = { account: 3, partner: 2, 'account-group': 1 } as const;
const PLACE_RANK = { evse: 3, station: 2, site: 1, organization: 0 } as const;

/**
 * Which of the assignments holds. This is the one rule of precedence:
 *
 * 1. Whom it is for comes first: an account, then a partner, then an account group, then everybody.
 * 2. Among those for the same drivers, where: an EVSE, then its station, then its site, then the organisation.
 *
 * So a group's tariff for the whole organisation beats what is set for everybody at one EVSE. Two assignments for the same drivers at the same place
 * at the same time are refused when they are made; should there be two all the same, the one that began last holds, and then the one made last, so
 * that the answer is always one and the same.
 */
export function chooseAssignment<C extends Candidate>(candidates: readonly C[], question: TariffQuestion): C | null {
  return rankAssignments(candidates, question)[0] ?? null;
}

/** All that hold for the question, the one that counts first, then those that it beats in their order. */
export function rankAssignments<C extends Candidate>(candidates: readonly C[], question: TariffQuestion): C[] {
  return candidates.filter((candidate) => holds(candidate, question)).sort(strongerFirst);
}

/** Whether the assignment is for this driver, place and time. */
export function holds({ driver, place, validFrom, validTo }: Candidate, question: TariffQuestion): boolean {
  return (
    validFrom <= question.at &&
    (validTo === null || question.at < validTo) &&
    isFor(driver, question) &&
    isAt(place, question)
  );
}

function isFor(driver: TariffDriver | null, question: TariffQuestion): boolean {
  switch (driver?.kind) {
    case undefined:
      return true;
    case 'account':
      return driver.accountId === question.accountId;
    case 'partner':
      return driver.partnerId === question.partnerId;
    case 'account-group':
      return driver.accountGroupId === question.accountGroupId;
  }
}

function isAt(place: TariffPlace, question: TariffQuestion): boolean {
  switch (place.kind) {
    case 'organization':
      return true;
    case 'site':
      return place.siteId === question.siteId;
    case 'station':
      return place.stationId === question.stationId;
    case 'evse':
      return place.stationId === question.stationId && place.evseId === question.evseId;
  }
}

function strongerFirst(one: Candidate, other: Candidate): number {
  return (
    driverRank(other) - driverRank(one) ||
    PLACE_RANK[other.place.kind] - PLACE_RANK[one.place.kind] ||
    other.validFrom - one.validFrom ||
    (one.id < other.id ? 1 : -1)
  );
}

function driverRank({ driver }: Candidate): number {
  return driver === null ? 0 : DRIVER_RANK[driver.kind];
}
