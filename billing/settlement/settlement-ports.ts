import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { TariffQuestion } from '../tariff/choose-assignment.ts';
import type { ChargeTariff, NewCdr } from './charge-record.ts';

/** What settlement asks of the other parts of billing. */

export interface TariffSource {
  /** In the order of the questions; null: none is assigned. A charge is priced by what held when it began. */
  tariffsFor(questions: readonly TariffQuestion[]): Promise<readonly (ChargeTariff | null)[]>;
  /**
   * Whether something was assigned for charges when they began, of which no version was in effect then, in the order of the questions: their price
   * was meant to be known. Asked about those without a tariff.
   */
  lackVersions(questions: readonly TariffQuestion[]): Promise<readonly boolean[]>;
  /** Whether anything has a price in an organisation; the answer may be some seconds old. */
  hasPrices(organizationId: Uuid): Promise<boolean>;
}

export interface ChargedAccount {
  readonly id: Uuid;
  readonly kind: 'driver' | 'company' | 'partner';
  readonly groupId: Uuid | null;
}

export interface AccountQuestion {
  readonly organizationId: Uuid;
  /** What tokens carry. */
  readonly accountRef: string;
}

export interface AccountSource {
  /** In the order of the questions; null where a reference leads to nobody. */
  find(questions: readonly AccountQuestion[]): Promise<readonly (ChargedAccount | null)[]>;
}

/** A record that was just made of a charge. */
export interface RecordedCharge {
  readonly cdr: NewCdr;
  /** The start intents that the charge came from: something may be held for them. */
  readonly intentIds: readonly Uuid[];
}

/**
 * What is written into the books within the transaction in which records are stored. What cards are to be asked for is planned with it, and carried
 * out after the commit.
 */
export interface ChargePayments {
  /** Posts what charges come to, gives back what was held for them, and lets cards and wallets pay. */
  charge(transaction: Knex.Transaction, charges: readonly RecordedCharge[], at: Instant): Promise<void>;
  /**
   * Posts what is taken back, and gives a wallet back what it had paid. What a card has paid counts for the record that follows in the same
   * transaction, or is given back by {@link release}.
   */
  credit(transaction: Knex.Transaction, credited: RecordedCharge, at: Instant): Promise<void>;
  /** Gives back what was held, or taken from a card, where nothing is charged. */
  release(transaction: Knex.Transaction, intentIds: readonly Uuid[], at: Instant): Promise<void>;
}

/** Start intents for which something is set aside, or held on a card. */
export interface HeldIntents {
  /** In their order, those behind `after`. */
  intents(after: Uuid | null, count: number): Promise<readonly Uuid[]>;
}
