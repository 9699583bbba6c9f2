import assert from 'node:assert/strict';
import { findOcpp16Action, OCPP16_ACTIONS } from './ocpp16.ts';

const count = (direction: string, security: boolean): number =>
  OCPP16_ACTIONS.filter((entry) => entry.direction === direction && (entry.feature === 'security') === security).length;

describe('OCPP 1.6 actions', () => {
  it('are 39: 9 up, 18 down, DataTransfer both ways, and 4 up and 7 down for security', () => {
    assert.equal(OCPP16_ACTIONS.length, 39);
    assert.equal(new Set(OCPP16_ACTIONS.map((entry) => entry.action)).size, 39);
    assert.deepEqual([count('from-station', false), count('to-station', false), count('both', false)], [9, 18, 1]);
    assert.deepEqual([count('from-station', true), count('to-station', true)], [4, 7]);
  });

  it('are found by name', () => {
    assert.equal(findOcpp16Action('Reset')?.direction, 'to-station');
    assert.equal(findOcpp16Action('reset'), undefined);
    assert.equal(findOcpp16Action('constructor'), undefined);
  });
});
