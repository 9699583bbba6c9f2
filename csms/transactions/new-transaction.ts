import type { Instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import { foldToken } from '../authorization/evaluate-token.ts';
import type { TransactionReport } from '../contract/station-port.ts';
import type { StationFacts, TransactionFacts } from './decision-book.ts';
import { holdsOf } from './flags.ts';

/** What the makers of transactions decide; the rest is the same for all. */
export interface NewTransaction {
  readonly origin: TransactionFacts['origin'];
  readonly stationTransactionId: string;
  readonly startKey: string;
  readonly startedAt: Instant;
  readonly meterStartMilliWh: bigint | null;
  readonly authorizationStatus: string | null;
  readonly flags: Set<string>;
}

/** A transaction that begins to be known: running, with site, organisation and zone as they are now, because stations move. */
export function newTransaction(
  station: Pick<StationFacts, 'id' | 'organizationId' | 'siteId' | 'timeZone' | 'ratedPowerW'>,
  report: Pick<TransactionReport, 'evse' | 'idToken' | 'timestamp' | 'reservationId'> & {
    readonly origin: { readonly receivedAt: Instant };
  },
  made: NewTransaction,
): TransactionFacts {
  return {
    ...made,
    id: uuidv7(),
    organizationId: station.organizationId,
    siteId: station.siteId,
    timeZone: station.timeZone,
    stationId: station.id,
    evseId: report.evse?.evseId ?? null,
    connectorId: report.evse?.connectorId ?? null,
    idToken: report.idToken === undefined ? null : foldToken(report.idToken.value),
    displayIdToken: report.idToken?.value ?? null,
    idTokenType: report.idToken?.type ?? null,
    idTokenAt: null,
    partitionAt: report.timestamp.at ?? report.origin.receivedAt,
    ratedPowerW: station.ratedPowerW,
    reservationId: report.reservationId ?? null,
    parallelGroup: null,
    hasBill: false,
    intentId: null,
    authorizedAt: null,
    stopIdToken: null,
    status: 'active',
    endEstimated: false,
    endedAt: null,
    energyStartedAt: null,
    energyEndedAt: null,
    meterStopMilliWh: null,
    meteredMilliWh: null,
    billableMilliWh: null,
    stopReason: null,
    stopKey: null,
    holds: holdsOf(made.flags),
  };
}
