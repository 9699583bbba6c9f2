import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { ChargeTariff, NewCdr } from './charge-record.ts';

/** What settlement asks of the other parts of billing. */

export interface TariffQuestion {
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  /** The station's identity. */
  readonly stationId: string;
  readonly evseId: number | null;
  readonly accountId: Uuid | null;
  readonly accountGroupId: Uuid | null;
  readonly partnerId: Uuid | null;
  /** A charge is priced by what held when it began. */
  readonly at: Instant;
}

export interface TariffSource {
  /** null: none is assigned. */
  tariffFor(question: TariffQuestion): Promise<ChargeTariff | null>;
}

export interface ChargedAccount {
  readonly id: Uuid;
  readonly kind: 'driver' | 'company' | 'partner';
  readonly groupId: Uuid | null;
}

export interface AccountSource {
  /** By the reference that tokens carry; null when it leads to nobody. */
  find(organizationId: Uuid, accountRef: string): Promise<ChargedAccount | null>;
}

export interface ChargePayments {
  /**
   * Within the transaction in which a record is stored: gives back what was held for the charge, and lets a wallet pay.
   *
   * @param intentIds the start intents that the charge came from
   */
  settle(transaction: Knex.Transaction, cdr: NewCdr, intentIds: readonly Uuid[], at: Instant): Promise<void>;
  /** The same where nothing is charged. */
  release(transaction: Knex.Transaction, intentIds: readonly Uuid[], at: Instant): Promise<void>;
}
