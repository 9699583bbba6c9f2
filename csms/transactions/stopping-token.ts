import type { Instant } from '@voltpile/kernel/clock';
import { evaluateToken, foldToken } from '../authorization/evaluate-token.ts';
import type { IdTokenInfo } from '../contract/station-port.ts';
import type { DecisionBook, StationFacts, TransactionFacts } from './decision-book.ts';

/**
 * What is said about a token that ends a transaction, or was shown to end it. The token of an accepted start may always end it, also one
 * that only a start command vouched for.
 *
 * @param value as shown
 */
export function stoppingTokenInfo(
  book: DecisionBook,
  station: StationFacts,
  transaction: TransactionFacts,
  value: string,
  now: Instant,
): IdTokenInfo {
  const folded = foldToken(value);
  const { info } = evaluateToken(book, station, folded, undefined, now);
  const hasStarted = folded === transaction.idToken && transaction.authorizationStatus === 'Accepted';
  const isStranger = info.status === 'Invalid' || info.status === 'Unknown';
  return hasStarted && isStranger && station.registrationStatus === 'Accepted' ? { ...info, status: 'Accepted' } : info;
}
