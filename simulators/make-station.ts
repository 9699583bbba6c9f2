import { SimulatedStation16 } from './ocpp16/station.ts';
import { SimulatedStation201 } from './ocpp201/station.ts';
import type { SimulatedStation } from './station/simulated-station.ts';
import type { SimulatedStationOptions } from './station/station-options.ts';
import type { Protocol } from './station/words.ts';
import { SimulatedPile } from './ykc/pile.ts';

/** A simulated station of a protocol. @throws invalidOption */
export function makeStation(protocol: Protocol, options: SimulatedStationOptions): SimulatedStation {
  switch (protocol) {
    case 'ocpp1.6':
      return new SimulatedStation16(options);
    case 'ocpp2.0.1':
      return new SimulatedStation201(options);
    case 'ykc':
      return new SimulatedPile(options);
  }
}
