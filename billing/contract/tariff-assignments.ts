import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { Uuid } from '@voltpile/kernel/ids';

/** Where a tariff holds. Stations are named by their identity. */
export type TariffPlace =
  | { readonly kind: 'organization' }
  | { readonly kind: 'site'; readonly siteId: Uuid }
  | { readonly kind: 'station'; readonly stationId: string }
  | { readonly kind: 'evse'; readonly stationId: string; readonly evseId: number };

/** For whom it holds, when not for everybody. */
export type TariffDriver =
  | { readonly kind: 'account'; readonly accountId: Uuid }
  /** An account of the kind `partner`. */
  | { readonly kind: 'partner'; readonly partnerId: Uuid }
  | { readonly kind: 'account-group'; readonly accountGroupId: Uuid };

/** A place for everybody, or drivers at a place (absent: in the whole organisation). */
export type TariffTarget = TariffPlace | (TariffDriver & { readonly place?: TariffPlace | undefined });

export const TARGET_KINDS = ['organization', 'site', 'station', 'evse', 'account-group', 'account', 'partner'] as const;

export interface TariffAssignmentView {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly tariffId: Uuid;
  readonly tariffName: string;
  readonly target: TariffTarget;
  readonly validFrom: string;
  /** Exclusive; null: until further notice. */
  readonly validTo: string | null;
  readonly createdAt: string;
  readonly createdBy: string | null;
  /** Who has given it its end, when not its maker. */
  readonly closedBy: string | null;
}

export interface TariffAssignmentInput {
  readonly tariffId: Uuid;
  readonly target: TariffTarget;
  /** RFC 3339. Absent: now. */
  readonly validFrom?: string | undefined;
  readonly validTo?: string | null | undefined;
}

export interface TariffAssignmentFilter {
  readonly tariffId?: Uuid | undefined;
  readonly kind?: (typeof TARGET_KINDS)[number] | undefined;
  readonly siteId?: Uuid | undefined;
  readonly stationId?: string | undefined;
  readonly accountId?: Uuid | undefined;
  readonly accountGroupId?: Uuid | undefined;
  readonly partnerId?: Uuid | undefined;
  /** RFC 3339: those that hold then. */
  readonly at?: string | undefined;
}

/** Who asks for the tariff of a station, and when. */
export interface StationTariffQuestion {
  readonly evseId?: number | undefined;
  readonly accountId?: Uuid | undefined;
  readonly accountGroupId?: Uuid | undefined;
  readonly partnerId?: Uuid | undefined;
  /** RFC 3339. Absent: now. */
  readonly at?: string | undefined;
}

/** Which tariff holds at a station, and why. */
export interface StationTariffView {
  readonly stationId: string;
  readonly evseId: number | null;
  readonly at: string;
  /** null where none is assigned: then nothing is due. */
  readonly chosen: HoldingAssignment | null;
  /** What would hold without it, the next one first, and then what has no version in effect. */
  readonly others: readonly (HoldingAssignment & { readonly why: 'less-specific' | 'no-version-in-effect' })[];
}

export interface HoldingAssignment {
  readonly assignment: TariffAssignmentView;
  /** null where none is in effect. */
  readonly version: { readonly id: Uuid; readonly version: number; readonly effectiveFrom: string } | null;
}

/**
 * Who is charged by which tariff, where and when. An assignment that has begun is closed, never removed.
 *
 * Unknown ids and ids outside the scope throw NotFound.
 */
export interface TariffAssignmentsPort {
  /** Newest first. */
  list(scope: AccessScope, filter: TariffAssignmentFilter, page: PageRequest): Promise<Page<TariffAssignmentView>>;
  get(scope: AccessScope, id: Uuid): Promise<TariffAssignmentView>;
  /**
   * @throws NotFound `tariff.not_found`, `site.not_found`, `station.not_found`, `account.not_found`, `account_group.not_found` (of that organisation);
   *   InvalidArgument `tariff.bad_time`, `tariff_assignment.other_organization`, `tariff_assignment.not_a_partner`,
   *   `tariff_assignment.other_currency`; Conflict `tariff_assignment.overlaps`; FailedPrecondition `tariff.archived`,
   *   `tariff_assignment.too_many`, `tariff_assignment.site_in_other_currency`
   */
  create(scope: AccessScope, input: TariffAssignmentInput, by: string | null): Promise<TariffAssignmentView>;
  /**
   * Ends an assignment at a time (absent: now), or removes one that has not begun.
   *
   * @returns how it is then; null when it was removed
   * @throws InvalidArgument `tariff.bad_time`; FailedPrecondition `tariff_assignment.ended`
   */
  close(scope: AccessScope, id: Uuid, at: string | undefined, by: string | null): Promise<TariffAssignmentView | null>;
  holding(scope: AccessScope, stationId: string, question: StationTariffQuestion): Promise<StationTariffView>;
}
