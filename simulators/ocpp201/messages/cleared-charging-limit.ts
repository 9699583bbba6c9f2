import type { SimulatedStation201 } from '../station.ts';
import type { ChargingLimitSource } from '../types.ts';

/** ClearedChargingLimit (OCPP 2.0.1, K13). @param evseId 0: everywhere */
export function clearedChargingLimit(station: SimulatedStation201, evseId: number, source: ChargingLimitSource): void {
  const request = { chargingLimitSource: source };
  station.notify('ClearedChargingLimit', evseId === 0 ? request : { ...request, evseId });
}
