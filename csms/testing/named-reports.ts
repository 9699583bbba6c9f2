import { createHash } from 'node:crypto';
import { type Instant, instant } from '@voltpile/kernel/clock';
import type { MeterReading, TransactionReport } from '../contract/station-port.ts';
import { originOf } from './transactions-bench.ts';

/** What a test says of one report of a station that names its transactions. */
export interface NamedFacts {
  readonly station: string;
  readonly name?: string | undefined;
  readonly number: number;
  readonly at: string;
  readonly receivedAt?: Instant | undefined;
  readonly token?: string | undefined;
  readonly tokenType?: string | undefined;
  readonly evseId?: number | undefined;
  readonly connectorId?: number | null | undefined;
  /** Register in Wh, and the context under which it was read. */
  readonly registers?: readonly (readonly [wh: number, context: string])[] | undefined;
  readonly more?: Partial<TransactionReport> | undefined;
}

/** A report as the gateway makes it: the digest stands for the content. */
export function namedReport(facts: NamedFacts): TransactionReport {
  const { station, name = 'tx-1', number, at, token, tokenType, evseId, connectorId = 1, registers, more } = facts;
  const claimed = instant(Date.parse(at));
  const { receivedAt: _, station: __, ...content } = facts;
  const readings: MeterReading[] = (registers ?? []).map(([wh, context]) => ({
    timestamp: { text: at, at: claimed },
    values: [
      {
        measurand: 'Energy.Active.Import.Register',
        phase: null,
        location: 'Outlet',
        context,
        format: 'Raw',
        unit: 'Wh',
        value: String(wh),
        basis: 'register',
      },
    ],
  }));
  return {
    origin: originOf(station, facts.receivedAt ?? claimed, { messageName: 'TransactionEvent' }),
    stationTransactionId: name,
    sequence: { number, digest: createHash('sha256').update(JSON.stringify(content)).digest('base64url') },
    timestamp: { text: at, at: claimed },
    readings,
    ...(token === undefined ? {} : { idToken: { value: token, type: tokenType ?? 'ISO14443' } }),
    ...(evseId === undefined ? {} : { evse: { evseId, connectorId } }),
    ...more,
  };
}
