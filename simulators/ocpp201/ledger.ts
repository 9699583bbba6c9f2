import { type LedgerTotals, noTotals } from '../station/ledger-totals.ts';
import type { MeterValue, StationRequest, StationResponse, TransactionEvent } from './types.ts';

/** An event that the central system has answered with CALLRESULT: from then on it may never be lost. */
export interface AcknowledgedEvent {
  readonly request: TransactionEvent;
  readonly response: StationResponse<'TransactionEvent'>;
}

/** One meter value (one timestamp). */
export interface AcknowledgedSample {
  readonly evseId: number;
  readonly transactionId: string | undefined;
  readonly meterValue: MeterValue;
}

export type AcknowledgedStatus = StationRequest<'StatusNotification'>;

/** What was acknowledged, for comparing with a database. A fleet keeps totals only: entries grow without limit. */
export class Ledger {
  readonly events: AcknowledgedEvent[] = [];
  readonly samples: AcknowledgedSample[] = [];
  readonly statuses: AcknowledgedStatus[] = [];
  readonly totals: LedgerTotals = noTotals();
  readonly #keepEntries: boolean;

  constructor(keepEntries: boolean) {
    this.#keepEntries = keepEntries;
  }

  /** @param energyWh of the transaction, when this event has ended it */
  reported(evseId: number, request: TransactionEvent, response: AcknowledgedEvent['response'], energyWh: number): void {
    if (request.eventType === 'Started') this.totals.starts += 1;
    if (request.eventType === 'Ended') {
      this.totals.stops += 1;
      this.totals.energyWh += energyWh;
    }
    if (this.#keepEntries) this.events.push({ request, response });
    this.metered(evseId, request.meterValue ?? [], request.transactionInfo.transactionId);
  }

  metered(evseId: number, meterValues: readonly MeterValue[], transactionId?: string): void {
    for (const meterValue of meterValues) {
      this.totals.samples += 1;
      if (this.#keepEntries) this.samples.push({ evseId, transactionId, meterValue });
    }
  }

  statusReported(request: AcknowledgedStatus): void {
    this.totals.statuses += 1;
    if (this.#keepEntries) this.statuses.push(request);
  }
}
