import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { StartChannel, StartLimits } from '../contract/funds-port.ts';
import type { StationKey } from '../contract/ids.ts';
import type { MessageOrigin, RegistrationStatus, StationBill } from '../contract/station-port.ts';
import type { NewEvent } from '../outbox/append-events.ts';
import type { TransactionEventRow } from '../persistence/transaction-event-statements.ts';
import type { PreparedSample } from '../samples/prepare-readings.ts';
import type { AuthorizedWithin } from './authorized-within.ts';
import type { RegisterReading } from './energy.ts';

/** What a decision needs to know of a station, which is locked meanwhile. */
export interface StationFacts {
  readonly id: StationKey;
  readonly identity: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly timeZone: string;
  readonly fundsFallback: 'allow' | 'refuse';
  readonly registrationStatus: RegistrationStatus;
  readonly ratedPowerW: number | null;
  /** Tokens of this group stop any transaction and start none. */
  readonly masterPassGroupId: string | null;
  nextTransactionNumber: number;
}

export interface TokenFacts {
  readonly organizationId: Uuid;
  readonly value: string;
  readonly status: 'Accepted' | 'Blocked' | 'Expired' | 'Invalid';
  readonly groupIdToken: string | null;
  readonly expiresAt: Instant | null;
  readonly concurrentTransactions: boolean;
  readonly accountRef: string | null;
}

export interface IntentFacts {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly stationId: StationKey;
  readonly evseId: number | null;
  readonly idToken: string;
  /** The token as it was given. */
  readonly displayIdToken: string;
  readonly accountRef: string | null;
  readonly channel: StartChannel;
  /** What the station repeats of the start command, or the name that the charge was given, when the dialect has such a thing. */
  dialectRef: string | null;
  /** What it has in common with the intents of other EVSEs that feed the same vehicle. */
  parallelGroup: string | null;
  readonly limits: StartLimits;
  status: 'pending' | 'started' | 'expired' | 'refused';
  refusal: string | null;
  transactionId: Uuid | null;
  readonly createdAt: Instant;
  expiresAt: Instant;
}

/** A transaction as a decision sees and changes it. Instants are effective times unless they say otherwise. */
export interface TransactionFacts {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly timeZone: string;
  readonly stationId: StationKey;
  readonly stationTransactionId: string;
  readonly partitionAt: Instant;
  readonly startKey: string;
  readonly ratedPowerW: number | null;
  origin: 'reported' | 'orphan' | 'superseded';
  /** From here to `startedAt`: known from the start in dialects that report it in one message, learnt bit by bit in others. */
  evseId: number | null;
  connectorId: number | null;
  idToken: string | null;
  displayIdToken: string | null;
  idTokenType: string | null;
  /** When the token was shown; null in dialects that tell it with the start. */
  idTokenAt: Instant | null;
  meterStartMilliWh: bigint | null;
  reservationId: number | null;
  /** Of the intent that it was bound to. */
  parallelGroup: string | null;
  /** Whether the station's own bill for it is known. */
  hasBill: boolean;
  startedAt: Instant;
  intentId: Uuid | null;
  authorizedAt: Instant | null;
  authorizationStatus: string | null;
  stopIdToken: string | null;
  status: 'active' | 'ended';
  endEstimated: boolean;
  endedAt: Instant | null;
  energyStartedAt: Instant | null;
  energyEndedAt: Instant | null;
  meterStopMilliWh: bigint | null;
  meteredMilliWh: bigint | null;
  billableMilliWh: bigint | null;
  stopReason: string | null;
  stopKey: string | null;
  flags: Set<string>;
  holds: readonly string[];
}

/** Numbers of a transaction's reports: how many different ones are stored, from where to where. */
export interface EventNumbers {
  readonly count: number;
  readonly first: number;
  readonly last: number;
  /** Whether the number that is being decided about is among them. */
  readonly holdsPresent: boolean;
}

export interface NewRawMessage {
  readonly origin: MessageOrigin;
  readonly transactionId: Uuid | null;
}

/** The bill that counts, and how many were kept in all. */
export interface BillFacts {
  readonly bill: StationBill;
  /** Of its content; 128 bits, written as a UUID. */
  readonly digest: string;
  count: number;
}

/** A bill to be kept. */
export interface NewBill {
  readonly transaction: TransactionFacts;
  readonly bill: StationBill;
  readonly digest: string;
  /** 1 for the first one. */
  readonly position: number;
  readonly receivedAt: Instant;
}

export interface OwnedSamples {
  readonly ownerId: Uuid;
  readonly partitionAt: Instant;
  readonly receivedAt: Instant;
  readonly samples: readonly PreparedSample[];
}

/** Stations whose clocks are so far behind are ordinary. */
const CLOCK_SLACK_MS = 5 * 60_000;

/**
 * What one decision transaction has read under its locks, and what its decisions change. Decisions of one batch see each other's
 * changes here; the repository writes them all at once at the end.
 */
export class DecisionBook {
  readonly stations = new Map<StationKey, StationFacts>();
  readonly #tokens = new Map<string, TokenFacts>();
  readonly #intents = new Map<string, IntentFacts[]>();
  readonly #intentsByRef = new Map<string, IntentFacts>();
  readonly #transactions = new Map<Uuid, TransactionFacts>();
  readonly #byStation = new Map<StationKey, TransactionFacts[]>();
  readonly #byToken = new Map<string, TransactionFacts[]>();
  /** Readings of the billing register that are stored already, by transaction. */
  readonly registers = new Map<Uuid, RegisterReading[]>();
  /** The same for readings that count from the start of the charge. */
  readonly sessions = new Map<Uuid, RegisterReading[]>();
  /** The first bill that the station made for a transaction. */
  readonly bills = new Map<Uuid, BillFacts>();
  /** Which reports of a transaction are stored already, where the station counts them. */
  readonly eventNumbers = new Map<Uuid, EventNumbers>();

  readonly newTransactions = new Set<TransactionFacts>();
  readonly changedTransactions = new Set<TransactionFacts>();
  /** Those of which something was learnt that other dialects tell with the start. */
  readonly changedStarts = new Set<TransactionFacts>();
  readonly newIntents = new Set<IntentFacts>();
  readonly changedIntents = new Set<IntentFacts>();
  readonly changedCounters = new Set<StationFacts>();
  readonly evses: { readonly stationId: StationKey; readonly evseId: number }[] = [];
  readonly raws: NewRawMessage[] = [];
  readonly transactionEvents: TransactionEventRow[] = [];
  readonly samples: OwnedSamples[] = [];
  readonly newBills: NewBill[] = [];
  readonly events: NewEvent[] = [];

  addToken(token: TokenFacts): void {
    this.#tokens.set(`${token.organizationId} ${token.value}`, token);
  }

  token(organizationId: Uuid, value: string): TokenFacts | undefined {
    return this.#tokens.get(`${organizationId} ${value}`);
  }

  addIntent(intent: IntentFacts): void {
    const { stationId, idToken, dialectRef } = intent;
    // Found by its token and by its number, it is still one.
    const known = this.#intents.get(`${stationId} ${idToken}`)?.some(({ id }) => id === intent.id);
    if (known === true) return;
    append(this.#intents, `${stationId} ${idToken}`, intent);
    if (dialectRef === null) return;
    const other = this.#intentsByRef.get(`${stationId} ${dialectRef}`);
    if (other === undefined || comesFirst(intent, other)) this.#intentsByRef.set(`${stationId} ${dialectRef}`, intent);
  }

  /**
   * The intent that a start by this token would bind: one that a start command made before one that a card made, one for this EVSE
   * before one for any.
   *
   * @param within when it must have been authorised: `authorizedWithin`
   */
  pendingIntent(
    stationId: StationKey,
    idToken: string,
    evseId: number | null,
    within: AuthorizedWithin,
    dialectRef: string | null = null,
  ): IntentFacts | undefined {
    const rank = (intent: IntentFacts): number =>
      (dialectRef !== null && intent.dialectRef === dialectRef ? 4 : 0) +
      (isShown(intent) ? 0 : 2) +
      (intent.evseId !== null && intent.evseId === evseId ? 1 : 0);
    return this.#intents
      .get(`${stationId} ${idToken}`)
      ?.filter(
        (intent) =>
          intent.status === 'pending' &&
          intent.expiresAt >= within.from &&
          intent.createdAt <= within.until + CLOCK_SLACK_MS &&
          (intent.evseId === null || evseId === null || intent.evseId === evseId),
      )
      .sort((a, b) => rank(b) - rank(a))[0];
  }

  /** What was shown at this place and waits to charge under a name of ours, or without one. */
  shownIntents(stationId: StationKey, idToken: string, evseId: number | null): readonly IntentFacts[] {
    const intents = this.#intents.get(`${stationId} ${idToken}`) ?? [];
    return intents.filter(
      (intent) =>
        intent.status === 'pending' &&
        isShown(intent) &&
        (intent.evseId === null || evseId === null || intent.evseId === evseId),
    );
  }

  /**
   * The intent of the start command that the station repeats the number of, or of the name that we gave, whatever has become of it. Of several
   * one that waits comes first.
   */
  intentByRef(stationId: StationKey, dialectRef: string): IntentFacts | undefined {
    return this.#intentsByRef.get(`${stationId} ${dialectRef}`);
  }

  /** Closes intents whose time is over, so that a new one can take their place. */
  expireIntents(stationId: StationKey, idToken: string, at: Instant): void {
    for (const intent of this.#intents.get(`${stationId} ${idToken}`) ?? []) {
      if (intent.status !== 'pending' || intent.expiresAt >= at) continue;
      intent.status = 'expired';
      this.changedIntents.add(intent);
    }
  }

  /** Of those that were loaded or made. */
  billedTransactions(): TransactionFacts[] {
    return [...this.#transactions.values()].filter(({ hasBill }) => hasBill);
  }

  addTransaction(transaction: TransactionFacts): void {
    this.#transactions.set(transaction.id, transaction);
    append(this.#byStation, transaction.stationId, transaction);
    this.indexToken(transaction);
  }

  /** To be called when the token of a transaction has become known. */
  indexToken(transaction: TransactionFacts): void {
    if (transaction.idToken === null) return;
    append(this.#byToken, `${transaction.organizationId} ${transaction.idToken}`, transaction);
  }

  /** The transaction that the station means by its own name. */
  named(stationId: StationKey, stationTransactionId: string): TransactionFacts | undefined {
    return this.transactionsOf(stationId).find(
      (each) => each.origin === 'reported' && each.stationTransactionId === stationTransactionId,
    );
  }

  transaction(id: Uuid): TransactionFacts | undefined {
    return this.#transactions.get(id);
  }

  /** The station's transactions that the batch has loaded or made. */
  transactionsOf(stationId: StationKey): readonly TransactionFacts[] {
    return this.#byStation.get(stationId) ?? [];
  }

  /** The same for a token, over all stations of its organisation. */
  transactionsBy(organizationId: Uuid, idToken: string): readonly TransactionFacts[] {
    return this.#byToken.get(`${organizationId} ${idToken}`) ?? [];
  }

  /** Marks a loaded transaction as changed; new ones are written anyway. */
  change(transaction: TransactionFacts): void {
    if (!this.newTransactions.has(transaction)) this.changedTransactions.add(transaction);
  }

  /** The same where something was learnt about its start. */
  changeStart(transaction: TransactionFacts): void {
    if (this.newTransactions.has(transaction)) return;
    this.changedTransactions.add(transaction);
    this.changedStarts.add(transaction);
  }
}

const ORDER: readonly IntentFacts['status'][] = ['pending', 'expired', 'started', 'refused'];

function comesFirst(one: IntentFacts, other: IntentFacts): boolean {
  const difference = ORDER.indexOf(one.status) - ORDER.indexOf(other.status);
  return difference < 0 || (difference === 0 && one.createdAt > other.createdAt);
}

/** Shown at the station, in place of given with a start command. */
function isShown({ channel }: IntentFacts): boolean {
  return channel === 'card' || channel === 'vin';
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
