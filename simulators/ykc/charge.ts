import type { Instant } from '@voltpile/kernel/clock';
import type { Connector } from '../station/connector.ts';
import type { Timer } from '../virtual-time.ts';
import type { Bill } from './bill.ts';
import type { Rate } from './tariff.ts';

/** Who began a charge. */
export type StartKind = 'app' | 'card' | 'offline-card' | 'vin';

/** What the record calls it. */
export const TRANSACTION_TYPES: Readonly<Record<StartKind, number>> = { app: 1, card: 2, 'offline-card': 4, vin: 5 };

/** Two guns for one car. */
export interface ParallelGroup {
  /** `yyMMddHHmmss` of the first gun. */
  readonly no: string;
  readonly guns: Set<number>;
}

/** Leave to charge, from the central system or from the pile's own list. */
export interface Order {
  readonly kind: StartKind;
  readonly serial: string;
  readonly logicCard: string;
  /** Zeros without a card. */
  readonly physCard: string;
  /** What may be spent, in cents; undefined: nobody has said (offline). */
  readonly balance: number | undefined;
  readonly group: ParallelGroup | undefined;
}

/** What waits for a cable: a card, or an order of the central system. */
export type Permission = { readonly timeout: Timer } & (
  | { readonly kind: 'card'; readonly idTag: string }
  | { readonly kind: 'app'; readonly order: Order; readonly answer: (result: number) => void }
);

/** A charge that runs. */
export interface Charge {
  readonly localId: number;
  readonly order: Order;
  /** In cents; may be raised while it runs. */
  balance: number | undefined;
  readonly vin: string;
  readonly startedAt: Instant;
  /** As the pile's clock showed it. */
  readonly startWallMs: number;
  /** The register as it was shown, 0.1 Wh. */
  readonly meterStart: number;
  readonly bill: Bill;
  /** Of the present half hour. */
  rate: Rate;
  slotTimer: Timer | undefined;
}

/** A connector of this protocol. */
export type Gun = Connector<Charge, Permission>;
