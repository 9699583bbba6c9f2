/** How much was acknowledged; kept also where the entries themselves are not. */
export interface LedgerTotals {
  starts: number;
  stops: number;
  /** Meter values (one timestamp each). */
  samples: number;
  statuses: number;
  /** Sum of the registers at the end − at the start of the transactions stopped, Wh. */
  energyWh: number;
}

export function noTotals(): LedgerTotals {
  return { starts: 0, stops: 0, samples: 0, statuses: 0, energyWh: 0 };
}
