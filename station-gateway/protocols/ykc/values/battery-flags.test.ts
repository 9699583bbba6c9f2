import assert from 'node:assert/strict';
import { BMS_ABORT, CHARGER_ABORT, MESSAGE_ERRORS, readFlags } from './battery-flags.ts';

describe('flags of two bits', () => {
  it('are read from the low bits on, byte by byte', () => {
    assert.deepEqual(readFlags('01000000', BMS_ABORT), { 'soc-reached': 'yes' });
    assert.deepEqual(readFlags('80000000', BMS_ABORT), { 'charger-stopped': 'not-to-be-trusted' });
    assert.deepEqual(readFlags('00401004', BMS_ABORT), {
      connector: 'yes',
      'check-point-2': 'yes',
      'voltage-abnormal': 'yes',
    });
    assert.deepEqual(readFlags('04000102', CHARGER_ABORT), {
      manual: 'yes',
      'emergency-stop': 'yes',
      'current-mismatch': 'not-to-be-trusted',
    });
    assert.deepEqual(readFlags('0004000000000001', MESSAGE_ERRORS), {
      'charger-ready': 'yes',
      'bms-statistics': 'yes',
    });
  });

  it('have a value that the standard does not know', () => {
    assert.deepEqual(readFlags('03000000', BMS_ABORT), { 'soc-reached': 'invalid' });
  });

  it('are no flags where nothing is set, reserved, or missing', () => {
    assert.deepEqual(readFlags('00000000', BMS_ABORT), {});
    assert.deepEqual(readFlags('000000f0', BMS_ABORT), {});
    assert.deepEqual(readFlags('', BMS_ABORT), {});
  });
});
