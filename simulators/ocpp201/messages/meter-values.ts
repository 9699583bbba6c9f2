import type { CallOptions } from '../../ocpp-j/station.ts';
import type { SimulatedStation201 } from '../station.ts';
import type { MeterValue } from '../types.ts';

/** MeterValues (OCPP 2.0.1, J01): of an EVSE outside of transactions, or because they were asked for. */
export async function meterValues(
  station: SimulatedStation201,
  evseId: number,
  values: [MeterValue],
  options: CallOptions = {},
): Promise<void> {
  await station.call('MeterValues', { evseId, meterValue: values }, options);
  station.ledger.metered(evseId, values);
}
