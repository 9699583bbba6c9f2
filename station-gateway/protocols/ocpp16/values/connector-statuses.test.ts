import assert from 'node:assert/strict';
import { toChargingState, toConnectorStatus } from './connector-statuses.ts';

describe('connector statuses of OCPP 1.6', () => {
  const cases = [
    ['Available', 'Available', 'Idle'],
    ['Preparing', 'Occupied', 'EVConnected'],
    ['Charging', 'Occupied', 'Charging'],
    ['SuspendedEVSE', 'Occupied', 'SuspendedEVSE'],
    ['SuspendedEV', 'Occupied', 'SuspendedEV'],
    ['Finishing', 'Occupied', 'EVConnected'],
    ['Reserved', 'Reserved', undefined],
    ['Unavailable', 'Unavailable', undefined],
    ['Faulted', 'Faulted', undefined],
    ['Asleep', undefined, undefined],
  ] as const;
  for (const [word, status, chargingState] of cases) {
    it(`${word} is ${status ?? 'no status'}, and for a charge ${chargingState ?? 'says nothing'}`, () => {
      assert.equal(toConnectorStatus(word), status);
      assert.equal(toChargingState(word), chargingState);
    });
  }
});
