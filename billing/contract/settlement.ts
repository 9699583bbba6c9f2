import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { Uuid } from '@voltpile/kernel/ids';
import type { CdrView } from './cdr.ts';

/** `held`: a person has to look at it, for the `reasons`. */
export type SettlementState = 'pending' | 'settled' | 'held' | 'written-off';

/** What became of a charge that has ended. */
export interface SettlementView {
  readonly transactionId: Uuid;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly stationId: string;
  readonly state: SettlementState;
  /** Holds of the transaction, or `changed-after-settlement`, `energy-unknown`, `group-incomplete`, `unpriceable`, `tariff-not-in-effect`, `transaction-missing`. */
  readonly reasons: readonly string[];
  /** Why it could not be settled yet. */
  readonly problem: string | null;
  /** The record that counts. */
  readonly cdrId: Uuid | null;
  readonly decisions: readonly SettlementDecision[];
  /** Changes with the state, the reasons, the record and the decisions: what somebody who decides has seen. */
  readonly version: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface SettlementDecision {
  readonly decision: 'accept' | 'correct' | 'write-off';
  /** Why it was held. */
  readonly reasons: readonly string[];
  /** What a correction says it was. */
  readonly energyWh: number | null;
  /** What the charge can have had at most, where somebody has confirmed that it was more; otherwise null. */
  readonly confirmedAboveWh: number | null;
  readonly reason: string;
  readonly decidedBy: string;
  readonly decidedAt: string;
}

export interface SettlementFilter {
  readonly state?: SettlementState | undefined;
  readonly stationId?: string | undefined;
}

type Verdict =
  /** Charge what was measured, whatever is odd about it; of a settled charge: keep its record. */
  | { readonly decision: 'accept' }
  /** Charge this energy. More than the charge can have had is refused, unless it is confirmed. */
  | { readonly decision: 'correct'; readonly energyWh: number; readonly confirmUnlikely?: boolean | undefined }
  /** Charge nothing; what was charged is taken back. */
  | { readonly decision: 'write-off' };

export type ReviewDecision = Verdict & {
  readonly reason: string;
  /** Of the settlement that was decided about. Absent: as it was when the request came. */
  readonly version?: string | undefined;
};

export interface SettlementsPort {
  list(scope: AccessScope, filter: SettlementFilter, page: PageRequest): Promise<Page<SettlementView>>;
  get(scope: AccessScope, transactionId: Uuid): Promise<SettlementView>;
  /**
   * Decides about a charge that is held, or corrects one that is settled: on what was seen of it. Of several decisions on the same, one counts.
   *
   * @returns the settlement, and the record that counts now (null: written off)
   * @throws NotFound `settlement.not_found`; FailedPrecondition `settlement.not_ready` (it has not been tried yet, or the charge has not ended),
   *   `settlement.nothing_measured` (there is nothing to accept), `settlement.energy_unlikely` (more than it can have had), `payment.capture_under_way` (wait until a card has paid); Conflict
   *   `settlement.changed` (it is not any more what was seen)
   */
  decide(
    scope: AccessScope,
    transactionId: Uuid,
    decision: ReviewDecision,
    decidedBy: string,
  ): Promise<{ readonly settlement: SettlementView; readonly cdr: CdrView | null }>;
}
