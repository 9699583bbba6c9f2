import type { ChargingCurve, ChargingCurvesPort } from '@voltpile/csms/contract/charging-curves-port';
import type { TransactionView } from '@voltpile/csms/contract/operator-ports';
import { instant } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';

export const ORGANIZATION: Uuid = '0192d3a0-0000-7000-8000-000000000001';
export const SITE: Uuid = '0192d3a0-0000-7000-8000-000000000002';
export const SITE_FACTS: ChargingCurve['site'] = {
  name: 'Parkhaus am Markt',
  address: { street: 'Marktplatz 3', city: 'Musterstadt', postalCode: '12345', country: 'DEU' },
};

export interface CurveStory extends Partial<Omit<ChargingCurve, 'transaction' | 'readings' | 'activities'>> {
  readonly transaction?: Partial<TransactionView>;
  /** RFC 3339 */
  readonly start: string;
  readonly end?: string;
  /** Time and Wh since the start. */
  readonly readings?: readonly (readonly [at: string, wh: number])[];
  readonly parkingFrom?: string;
}

/** A curve as the stations' domain tells it; its last reading is the energy of the transaction. */
export function curveOf({ transaction, start, end, readings = [], parkingFrom, ...more }: CurveStory): ChargingCurve {
  const energyWh = readings.at(-1)?.[1] ?? 0;
  const isEnded = end !== undefined;
  return {
    transaction: {
      id: uuidv7(),
      organizationId: ORGANIZATION,
      siteId: SITE,
      stationId: 'CS-1',
      evseId: 1,
      connectorId: 1,
      stationTransactionId: 'tx-1',
      idToken: 'CARD',
      authorizationStatus: 'Accepted',
      status: isEnded ? 'ended' : 'active',
      timeZone: 'Europe/Berlin',
      startedAt: new Date(start).toISOString(),
      endedAt: isEnded ? new Date(end).toISOString() : null,
      pluggedInAt: null,
      authorizedAt: null,
      energyStartedAt: null,
      energyEndedAt: null,
      unpluggedAt: null,
      chargingState: null,
      parallelGroup: null,
      energyWh,
      billableEnergyWh: isEnded ? energyWh : null,
      meterStartWh: null,
      meterStopWh: null,
      stopReason: null,
      flags: [],
      holds: [],
      cost: null,
      remaining: null,
      ...transaction,
    },
    intentId: null,
    accountRef: null,
    currency: 'EUR',
    site: SITE_FACTS,
    reservedFrom: null,
    readings: readings.map(([at, wh]) => ({ at: instant(Date.parse(at)), energyMilliWh: Math.round(wh * 1000) })),
    activities:
      parkingFrom === undefined ? [] : [{ from: instant(Date.parse(parkingFrom)), activity: 'parking' as const }],
    stationBill: null,
    ...more,
  };
}

/** The stations' domain, as far as billing asks it for curves. */
export class FakeCurves implements ChargingCurvesPort {
  readonly #curves = new Map<Uuid, ChargingCurve>();
  /** How often curves were read. */
  reads = 0;

  set(...curves: readonly ChargingCurve[]): void {
    for (const curve of curves) this.#curves.set(curve.transaction.id, curve);
  }

  async read(transactionId: Uuid): Promise<ChargingCurve | null> {
    this.reads += 1;
    return this.#curves.get(transactionId) ?? null;
  }

  async readMany(transactionIds: readonly Uuid[]): Promise<readonly ChargingCurve[]> {
    return transactionIds.flatMap((id) => this.#curves.get(id) ?? []);
  }

  async ofIntents(intentIds: readonly Uuid[]): Promise<readonly { intentId: Uuid; transactionId: Uuid }[]> {
    return [...this.#curves.values()].flatMap(({ intentId, transaction }) =>
      intentId !== null && intentIds.includes(intentId) ? [{ intentId, transactionId: transaction.id }] : [],
    );
  }

  async group(stationId: string, parallelGroup: string): Promise<readonly Uuid[]> {
    return [...this.#curves.values()]
      .filter(({ transaction }) => transaction.stationId === stationId && transaction.parallelGroup === parallelGroup)
      .map(({ transaction }) => transaction.id);
  }

  async ended(from: number, to: number, after: Uuid | null, limit: number): Promise<readonly Uuid[]> {
    return [...this.#curves.values()]
      .filter(({ transaction: { endedAt } }) => {
        const at = endedAt === null ? Number.NaN : Date.parse(endedAt);
        return at >= from && at < to;
      })
      .map(({ transaction }) => transaction.id)
      .filter((id) => after === null || id > after)
      .sort()
      .slice(0, limit);
  }
}
