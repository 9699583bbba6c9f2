import assert from 'node:assert/strict';
import { findOcpp21Action, OCPP21_ACTIONS } from './ocpp21.ts';
import { findOcpp201Action, OCPP201_ACTIONS } from './ocpp201.ts';
import type { ActionEntry } from './types.ts';

const count = (table: readonly ActionEntry[], direction: string): number =>
  table.filter((entry) => entry.direction === direction).length;

describe('OCPP 2.0.1 actions', () => {
  it('are 64: 24 up, 39 down, DataTransfer both ways', () => {
    assert.equal(new Set(OCPP201_ACTIONS.map((entry) => entry.action)).size, 64);
    assert.deepEqual(
      ['from-station', 'to-station', 'both'].map((direction) => count(OCPP201_ACTIONS, direction)),
      [24, 39, 1],
    );
  });

  it('are found by name', () => {
    assert.equal(findOcpp201Action('TransactionEvent')?.direction, 'from-station');
    assert.equal(findOcpp201Action('StartTransaction'), undefined);
    assert.equal(findOcpp201Action('constructor'), undefined);
  });
});

describe('OCPP 2.1 actions', () => {
  it('are 91: 27 more than 2.0.1, of which 12 up and 15 down', () => {
    assert.equal(new Set(OCPP21_ACTIONS.map((entry) => entry.action)).size, 91);
    assert.deepEqual(
      ['from-station', 'to-station', 'both'].map((direction) => count(OCPP21_ACTIONS, direction)),
      [24 + 12, 39 + 15, 1],
    );
  });

  it('have the directions that others have got wrong', () => {
    assert.equal(findOcpp21Action('NotifyAllowedEnergyTransfer')?.direction, 'to-station');
    assert.equal(findOcpp21Action('GetTariffs')?.direction, 'to-station');
    assert.equal(findOcpp21Action('NotifyWebPaymentStarted')?.direction, 'to-station');
    assert.equal(findOcpp21Action('GetCertificateChainStatus')?.direction, 'from-station');
    assert.equal(findOcpp21Action('NotifyPeriodicEventStream')?.isSend, true);
  });
});
