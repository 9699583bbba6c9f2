import type { TokenStanding } from '../authorization/evaluate-token.ts';
import type { IdTokenInfo } from '../contract/station-port.ts';
import type { DecisionBook, StationFacts, TransactionFacts } from './decision-book.ts';

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
 */
export function judgeStart(
  book: DecisionBook,
  station: StationFacts,
  folded: string | null,
  standing: TokenStanding,
  isOffline: boolean,
  self?: TransactionFacts,
): StartJudgement {
  const { info, mayStart, mayRunConcurrently } = standing;
  if (info.status !== 'Accepted') return { info, flag: null };
  if (!mayStart) return { info: { ...info, status: 'Invalid' }, flag: 'master-pass-start' };
  if (folded === null || mayRunConcurrently || (self !== undefined && self.status !== 'active'))
    return { info, flag: null };
  const isElsewhere = book
    .transactionsBy(station.organizationId, folded)
    .some((other) => other !== self && other.status === 'active' && other.authorizationStatus === 'Accepted');
  if (!isElsewhere) return { info, flag: null };
  return { info: isOffline ? info : { ...info, status: 'ConcurrentTx' }, flag: 'concurrent' };
}
