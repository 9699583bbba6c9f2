import type { Instant } from '@voltpile/kernel/clock';
import type { TransactionReport } from '../contract/station-port.ts';
import { isToldLate, measuredTime } from './effective-time.ts';

/** When something must have been authorised: not after `until`, and good at `from` still. */
export interface AuthorizedWithin {
  readonly from: Instant;
  readonly until: Instant;
}

/**
 * When what a report is about must have been authorised.
 *
 * - A station that was certainly offline when it happened has asked for nothing then: what counts is when it happened, and nothing that was authorised
 *   later. That is certain when it says so, and when its clock was measured on this connection and makes the report late.
 * - Every other report is about what waits as it arrives. Its own time does not matter then, because a clock that nobody has measured may be off by
 *   hours: a card that was shown here minutes ago belongs to the start that comes now, and not to one that would have to be authorised, and paid for,
 *   once more. A report that was held up on the way is about what waited when it happened, too.
 *
 * The price: a start from hours of no connection, told by a station whose clock is not measured yet and that does not say so (OCPP 1.6 cannot), takes
 * the authorisation of the same card that was shown there in the last minutes. It is paid by the same account.
 */
export function authorizedWithin({ offline, timestamp, origin }: TransactionReport): AuthorizedWithin {
  const happenedAt = measuredTime(timestamp.at, origin);
  const isCertain = offline === true || (origin.clockOffsetMs !== null && isToldLate(timestamp.at, origin));
  if (isCertain) return { from: happenedAt, until: happenedAt };
  const { receivedAt } = origin;
  return { from: happenedAt < receivedAt ? happenedAt : receivedAt, until: receivedAt };
}
