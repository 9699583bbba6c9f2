import assert from 'node:assert/strict';
import { STOP_REASONS } from '@voltpile/ykc/tables/stop-reasons';
import { toStopReason } from './stop-reasons.ts';

/** OCPP 2.0.1 ReasonEnumType. */
const WORDS = new Set(
  `DeAuthorized EmergencyStop EnergyLimitReached EVDisconnected GroundFault ImmediateReset Local LocalOutOfCredit MasterPass Other
  OvercurrentFault PowerLoss PowerQuality Reboot Remote SOCLimitReached StoppedByEV TimeLimitReached Timeout`.split(
    /\s+/,
  ),
);

describe('reasons of an end', () => {
  it('are told in words of OCPP, whatever the code', () => {
    for (let code = 0; code <= 0xff; code++) assert.ok(WORDS.has(toStopReason(code)), String(code));
  });

  it('are what the table of the specification says', () => {
    const cases: [code: number, reason: string][] = [
      [0x40, 'Remote'],
      [0x41, 'SOCLimitReached'],
      [0x42, 'EnergyLimitReached'],
      [0x43, 'LocalOutOfCredit'],
      [0x44, 'TimeLimitReached'],
      [0x45, 'Local'],
      [0x4a, 'Other'],
      [0x50, 'EmergencyStop'],
      [0x59, 'Timeout'],
      [0x6b, 'EVDisconnected'],
      [0x6e, 'LocalOutOfCredit'],
      [0x72, 'EmergencyStop'],
      [0x82, 'StoppedByEV'],
      [0x83, 'PowerLoss'],
      [0x88, 'Timeout'],
      [0x90, 'Other'],
    ];
    for (const [code, reason] of cases) assert.equal(toStopReason(code), reason, code.toString(16));
  });

  it('are `Other` for codes of makers, which stay with the bill', () => {
    for (const code of [0, 1, 0x3f, 0x46, 0x91, 0xff]) {
      assert.equal(toStopReason(code), 'Other');
    }
    assert.ok(Object.keys(STOP_REASONS).length > 40);
  });
});
