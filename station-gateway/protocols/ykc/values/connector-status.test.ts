import assert from 'node:assert/strict';
import { connectorStatusOf } from './connector-status.ts';

const told = (status: number, plugged = 0, faults = 0, recorded: string | null = null) =>
  connectorStatusOf({ status, plugged, faults }, { recorded });

describe('how a gun is', () => {
  it('in words of the domain', () => {
    assert.deepEqual(told(2), { status: 'Available', detail: 'Available', chargingState: 'Idle' });
    assert.deepEqual(told(2, 1), { status: 'Occupied', detail: 'Preparing', chargingState: 'EVConnected' });
    const finishing = { status: 'Occupied', detail: 'Finishing', chargingState: 'EVConnected' };
    assert.deepEqual(told(2, 1, 0, 'serial'), finishing);
    assert.deepEqual(told(3, 1), { status: 'Occupied', detail: 'Charging', chargingState: 'Charging' });
    assert.deepEqual(told(1), { status: 'Faulted', detail: 'Faulted', errorCode: 'unknown' });
    assert.deepEqual(told(0), { status: 'Unavailable', detail: 'Offline' });
  });

  it('with its faults, the first one in front', () => {
    const { status, errorCode, info } = told(1, 0, 0b1000000000001);
    assert.equal(status, 'Faulted');
    assert.ok(errorCode !== undefined && info?.startsWith(`${errorCode}, `), `${errorCode}: ${info}`);
    assert.equal(told(2, 0, 1).status, 'Available');
    assert.equal(told(2, 0, 1).errorCode, errorCode);
  });

  it('a number that nobody knows is told as it is, and is out of order', () => {
    assert.deepEqual(told(9, 1), { status: 'Unavailable', detail: 'Status 9' });
  });
});
