import type { StationKey } from '@voltpile/csms/contract/ids';
import type { Instant } from '@voltpile/kernel/clock';
import type { LoggedMessageView } from '../contract/message-log.ts';

/** A message and its answer, as a gateway tells them. */
export interface LoggedExchange
  extends Pick<
    LoggedMessageView,
    | 'organizationId'
    | 'siteId'
    | 'protocol'
    | 'direction'
    | 'action'
    | 'messageId'
    | 'outcome'
    | 'errorCode'
    | 'request'
    | 'response'
    | 'oddities'
  > {
  readonly station: StationKey;
  readonly identity: string;
  readonly requestedAt: Instant;
  readonly latencyMs: number | null;
}
