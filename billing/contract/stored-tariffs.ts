import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { Uuid } from '@voltpile/kernel/ids';
import type { HalfHourModel, HalfHourTariff } from './half-hour-tariff.ts';
import type { Tariff } from './tariff.ts';
import type { TariffContent } from './tariff-content.ts';
import type { PreviewSession, PricedSession } from './tariff-preview.ts';

/** The name of a price list. What it costs stands in its versions. */
export interface TariffView {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly name: string;
  /** Of every version. */
  readonly currency: string;
  readonly description: string | null;
  readonly archivedAt: string | null;
  /** The version in effect; null while there is none. */
  readonly currentVersion: number | null;
  /** The next one that will come into effect. */
  readonly nextVersion: { readonly version: number; readonly effectiveFrom: string } | null;
  readonly createdAt: string;
  readonly createdBy: string | null;
}

export const TARIFF_FORMS = ['ocpi', 'half-hour'] as const;
/** How a version was entered. */
export type TariffForm = (typeof TARIFF_FORMS)[number];

/** Something about a tariff that may be meant, or not. */
export interface TariffWarning {
  readonly kind: string;
  /** `elements.2.restrictions`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** What a tariff costs from a time on. It is never changed; the next version takes its place. */
export interface TariffVersionView {
  readonly id: Uuid;
  readonly tariffId: Uuid;
  /** 1, 2, …: the number of a version that was withdrawn is not given again. */
  readonly version: number;
  readonly effectiveFrom: string;
  /** When the next version takes its place; null while none is known. */
  readonly effectiveTo: string | null;
  readonly form: TariffForm;
  /** What is priced by. */
  readonly tariff: Tariff;
  /** As it was entered, where that was half-hour rates. */
  readonly halfHourTariff: HalfHourTariff | null;
  /** What piles that know half-hour rates are told; null where they cannot be told all of it. */
  readonly halfHourModel: HalfHourModel | null;
  /** Why not. */
  readonly halfHourProblem: string | null;
  readonly warnings: readonly TariffWarning[];
  readonly createdAt: string;
  readonly createdBy: string | null;
}

export interface VersionInput {
  readonly tariff: TariffContent;
  /** RFC 3339. Absent: now. */
  readonly effectiveFrom?: string | undefined;
}

export interface TariffInput {
  readonly name: string;
  /** Absent: the first organisation of the scope. */
  readonly organizationId?: Uuid | undefined;
  /** Absent: that of the first version. */
  readonly currency?: string | undefined;
  readonly description?: string | null | undefined;
  readonly firstVersion?: VersionInput | undefined;
}

export interface TariffChange {
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  readonly archived?: boolean | undefined;
}

/**
 * Tariffs that are kept. They belong to an organisation as a whole: for somebody who may see single sites only there are none.
 *
 * Unknown ids and ids outside the scope throw NotFound `tariff.not_found`, `tariff.version_not_found`.
 */
export interface StoredTariffsPort {
  /** Newest first. */
  list(
    scope: AccessScope,
    filter: { readonly organizationId?: Uuid | undefined; readonly archived: boolean },
    page: PageRequest,
  ): Promise<Page<TariffView>>;
  get(scope: AccessScope, id: Uuid): Promise<TariffView>;
  /**
   * @throws InvalidArgument `tariff.invalid`, `tariff.currency_missing`, `tariff.currency_differs`, `tariff.bad_time`; NotFound
   *   `organization.not_found`; FailedPrecondition `tariff.too_many`
   */
  create(
    scope: AccessScope,
    input: TariffInput,
    by: string | null,
  ): Promise<{ readonly tariff: TariffView; readonly version: TariffVersionView | null }>;
  /** Archiving is for tariffs that nobody is given any more. @throws FailedPrecondition `tariff.assigned` */
  update(scope: AccessScope, id: Uuid, change: TariffChange): Promise<TariffView>;
  /** Newest first. */
  listVersions(scope: AccessScope, tariffId: Uuid, page: PageRequest): Promise<Page<TariffVersionView>>;
  getVersion(scope: AccessScope, tariffId: Uuid, version: number): Promise<TariffVersionView>;
  /**
   * Publishes a version. It may lie in the past only while no version has come into effect: prices that have held stay what they were.
   *
   * @throws InvalidArgument `tariff.invalid`, `tariff.currency_differs`, `tariff.bad_time`; Conflict `tariff.version_same_time`;
   *   FailedPrecondition `tariff.archived`, `tariff.too_many_versions`
   */
  addVersion(scope: AccessScope, tariffId: Uuid, input: VersionInput, by: string | null): Promise<TariffVersionView>;
  /** Withdraws a version that is still ahead. @throws FailedPrecondition `tariff.version_in_effect` */
  withdrawVersion(scope: AccessScope, tariffId: Uuid, version: number): Promise<void>;
  /**
   * What a session would cost under a version: the given one, or the one that is in effect at the session's start.
   *
   * @throws FailedPrecondition `tariff.not_in_effect`
   */
  preview(
    scope: AccessScope,
    which: { readonly tariffId: Uuid; readonly version?: number | undefined },
    session: PreviewSession,
  ): Promise<PricedSession>;
}
