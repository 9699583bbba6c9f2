import type { SampledValue } from '@voltpile/csms/contract/station-port';
import type { YkcExchange } from './exchange.ts';
import { evseIdOf } from './values/guns.ts';
import { NO_SERIAL } from './values/serials.ts';

/** Head of the frames about a charge. */
export interface ChargeHead {
  readonly txSerial: string;
  readonly gun: string;
}

/** Stores what a frame about a charge measures, at the time of its receipt. */
export async function tellSamples(
  { txSerial, gun }: ChargeHead,
  exchange: YkcExchange,
  values: readonly SampledValue[],
  trigger = 'MeterValuePeriodic',
): Promise<void> {
  const { port } = exchange;
  const evseId = evseIdOf(gun, exchange);
  const readings = values.length === 0 ? [] : [{ timestamp: exchange.now(), values }];
  if (txSerial === NO_SERIAL) {
    exchange.odd('no-serial');
    // Neither charge nor gun, or nothing that was measured: there is nothing to tell.
    if (evseId === undefined || readings.length === 0) return;
    await port.metered({ origin: exchange.origin(), evseId, readings });
    return;
  }
  await port.transactionUpdated({
    stationTransactionId: txSerial,
    sequence: { number: 0, digest: exchange.digestNow() },
    trigger,
    ...(evseId === undefined ? {} : { evse: { evseId, connectorId: 1 } }),
    timestamp: exchange.now(),
    readings,
    origin: exchange.origin(),
  });
}
