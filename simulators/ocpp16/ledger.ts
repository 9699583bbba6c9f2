import { type LedgerTotals, noTotals } from '../station/ledger-totals.ts';
import type { MeterValue, StationRequest, StationResponse } from './types.ts';

/** A message of this station that the central system has answered with CALLRESULT: from then on it may never be lost. */
export interface AcknowledgedStart {
  readonly request: StationRequest<'StartTransaction'>;
  readonly response: StationResponse<'StartTransaction'>;
}

export interface AcknowledgedStop {
  readonly request: StationRequest<'StopTransaction'>;
  readonly response: StationResponse<'StopTransaction'>;
}

/** One meter value (one timestamp) of a MeterValues message. */
export interface AcknowledgedSample {
  readonly connectorId: number;
  readonly transactionId: number | undefined;
  readonly meterValue: MeterValue;
}

export type AcknowledgedStatus = StationRequest<'StatusNotification'>;

/** What was acknowledged, for comparing with a database. A fleet keeps totals only: entries grow without limit. */
export class Ledger {
  readonly starts: AcknowledgedStart[] = [];
  readonly stops: AcknowledgedStop[] = [];
  readonly samples: AcknowledgedSample[] = [];
  readonly statuses: AcknowledgedStatus[] = [];
  readonly totals: LedgerTotals = noTotals();
  readonly #keepEntries: boolean;

  constructor(keepEntries: boolean) {
    this.#keepEntries = keepEntries;
  }

  started(request: StationRequest<'StartTransaction'>, response: StationResponse<'StartTransaction'>): void {
    this.totals.starts += 1;
    if (this.#keepEntries) this.starts.push({ request, response });
  }

  stopped(
    request: StationRequest<'StopTransaction'>,
    response: StationResponse<'StopTransaction'>,
    energyWh: number,
  ): void {
    this.totals.stops += 1;
    this.totals.energyWh += energyWh;
    if (this.#keepEntries) this.stops.push({ request, response });
  }

  metered(request: StationRequest<'MeterValues'>): void {
    for (const meterValue of request.meterValue) {
      this.totals.samples += 1;
      if (this.#keepEntries) {
        this.samples.push({ connectorId: request.connectorId, transactionId: request.transactionId, meterValue });
      }
    }
  }

  statusReported(request: AcknowledgedStatus): void {
    this.totals.statuses += 1;
    if (this.#keepEntries) this.statuses.push(request);
  }
}
