import type { TokenStanding } from '../authorization/evaluate-token.ts';
import type { IdTokenInfo } from '../contract/station-port.ts';
import type { DecisionBook, StationFacts, TransactionFacts } from './decision-book.ts';

/** Where something starts at the station, as far as it is known. */
type Place = Partial<Pick<TransactionFacts, 'evseId' | 'parallelGroup'>>;

export interface StartJudgement {
  readonly info: IdTokenInfo;
  /** What the transaction is flagged with, if anything. */
  readonly flag: 'master-pass-start' | 'concurrent' | null;
}

/**
 * Whether a token that is good may start this transaction: a master pass starts nothing (OCPP 2.0.1 C16), and a token that charges elsewhere
 * charges here only if it may do so more than once at a time.
 *
 * @param isOffline whether it has begun without our word: what has happened cannot be refused any more
 * @param self the transaction itself where it exists already; one that is over disturbs nobody
 * @param place what runs at the same EVSE makes way, and several guns at one car, in one group, are one charge
 */
export function judgeStart(
  book: DecisionBook,
  station: StationFacts,
  folded: string | null,
  standing: TokenStanding,
  isOffline: boolean,
  self?: TransactionFacts,
  place: Place = {},
): StartJudgement {
  const { info, mayStart, mayRunConcurrently } = standing;
  if (info.status !== 'Accepted') return { info, flag: null };
  if (!mayStart) return { info: { ...info, status: 'Invalid' }, flag: 'master-pass-start' };
  if (folded === null || mayRunConcurrently || (self !== undefined && self.status !== 'active'))
    return { info, flag: null };
  const isElsewhere = book
    .transactionsBy(station.organizationId, folded)
    .some(
      (other) =>
        other !== self &&
        other.status === 'active' &&
        other.authorizationStatus === 'Accepted' &&
        !(other.stationId === station.id && isSamePlace(other, place)),
    );
  if (!isElsewhere) return { info, flag: null };
  return { info: isOffline ? info : { ...info, status: 'ConcurrentTx' }, flag: 'concurrent' };
}

function isSamePlace(other: TransactionFacts, { evseId, parallelGroup }: Place): boolean {
  return (
    (other.evseId !== null && other.evseId === evseId) ||
    (other.parallelGroup !== null && other.parallelGroup === parallelGroup)
  );
}
