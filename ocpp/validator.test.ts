import assert from 'node:assert/strict';
import { OCPP16_ACTIONS } from './actions/ocpp16.ts';
import { OCPP21_ACTIONS } from './actions/ocpp21.ts';
import { OCPP201_ACTIONS } from './actions/ocpp201.ts';
import { loadSchemas } from './schemas.ts';
import { findAllProblems, payloadCheck, validate, warmUp } from './validator.ts';

const request = (action: string, payload: unknown) => validate('ocpp1.6', action, 'request', payload);

describe('validator', () => {
  it('is of no use before it is warm', async () => {
    // An instance of its own: others may have warmed the shared one.
    const cold = './validator.ts?cold';
    const { validate } = (await import(cold)) as typeof import('./validator.ts');
    assert.throws(() => validate('ocpp2.1', 'Heartbeat', 'request', {}), /warmUp\('ocpp2.1'\)/);
  });

  describe('of OCPP 1.6', () => {
    before(() => warmUp('ocpp1.6'));

    it('has a schema of request and answer for every row of the action table, and no other', async () => {
      const schemas = await loadSchemas('ocpp1.6');
      assert.equal(schemas.length, 39);
      assert.deepEqual(schemas.map((entry) => entry.action).sort(), OCPP16_ACTIONS.map((entry) => entry.action).sort());
      for (const { action } of schemas) {
        payloadCheck('ocpp1.6', action, 'request');
        payloadCheck('ocpp1.6', action, 'response');
      }
    });

    it('refuses to judge what it has no schema of', () => {
      assert.throws(() => request('Nonsense', {}), /no schema of the request of Nonsense/);
    });

    const start = { connectorId: 1, idTag: 'CARD', meterStart: 0, timestamp: '2026-01-01T00:00:00Z' };
    const { idTag: _, ...noTag } = start;
    const cases = [
      ['StartTransaction', start, null],
      ['StartTransaction', { ...start, timestamp: '2026-01-01T00:00:00' }, null],
      ['StartTransaction', { ...start, reservationId: undefined }, null],
      ['StartTransaction', noTag, ['OccurrenceConstraintViolation', '/idTag', 'is missing']],
      ['StartTransaction', { ...start, idTag: null }, ['TypeConstraintViolation', '/idTag', 'must be string']],
      [
        'StartTransaction',
        { ...start, connectorId: '1' },
        ['TypeConstraintViolation', '/connectorId', 'must be integer'],
      ],
      [
        'StartTransaction',
        { ...start, meterStart: 1.5 },
        ['TypeConstraintViolation', '/meterStart', 'must be integer'],
      ],
      [
        'StartTransaction',
        { ...start, idTag: 'x'.repeat(21) },
        ['PropertyConstraintViolation', '/idTag', 'must NOT have more than 20 characters'],
      ],
      [
        'StartTransaction',
        { ...start, timestamp: 'yesterday' },
        ['PropertyConstraintViolation', '/timestamp', 'must match format "date-time"'],
      ],
      [
        'StartTransaction',
        { ...start, secret: 'value' },
        ['FormatViolation', '', 'must NOT have additional properties'],
      ],
      ['StartTransaction', [], ['FormatViolation', '', 'must be object']],
      ['StartTransaction', null, ['FormatViolation', '', 'must be object']],
      ['StartTransaction', undefined, ['FormatViolation', '', 'must be object']],
      ['Heartbeat', {}, null],
      [
        'StatusNotification',
        { connectorId: 1, errorCode: 'NoError', status: 'Sleeping' },
        ['PropertyConstraintViolation', '/status', 'must be equal to one of the allowed values'],
      ],
      ['GetDiagnostics', { location: 'ftp://user:word@127.0.0.1/logs' }, null],
      [
        'GetDiagnostics',
        { location: 'somewhere' },
        ['PropertyConstraintViolation', '/location', 'must match format "uri"'],
      ],
    ] as const;
    for (const [action, payload, expected] of cases) {
      it(`${expected === null ? 'accepts' : `says ${expected[0]} ${expected[1]}`}: ${action} ${JSON.stringify(payload)}`, () => {
        const invalid = request(action, payload);
        if (expected === null) {
          assert.equal(invalid, null);
          return;
        }
        const [code, path, message] = expected;
        assert.deepEqual(invalid, { code, problems: [{ path, message }] });
      });
    }

    it('counts an empty list that must not be empty as an occurrence', () => {
      const invalid = validate('ocpp1.6', 'GetInstalledCertificateIds', 'response', {
        status: 'Accepted',
        certificateHashData: [],
      });
      assert.equal(invalid?.code, 'OccurrenceConstraintViolation');
    });

    it('takes tenths for tenths', () => {
      const profile = (limit: number) => ({
        connectorId: 1,
        csChargingProfiles: {
          chargingProfileId: 1,
          stackLevel: 0,
          chargingProfilePurpose: 'TxDefaultProfile',
          chargingProfileKind: 'Relative',
          chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit }] },
        },
      });
      for (const limit of [0.1, 0.3, 6.1, 16.7, 32, 11_000.9]) {
        assert.equal(request('SetChargingProfile', profile(limit)), null, `${limit}`);
      }
      assert.equal(request('SetChargingProfile', profile(16.25))?.code, 'PropertyConstraintViolation');
    });

    it('lists everything that is wrong when asked to', () => {
      assert.equal(findAllProblems('ocpp1.6', 'StartTransaction', start), null);
      assert.deepEqual(
        findAllProblems('ocpp1.6', 'StartTransaction', {
          connectorId: '1',
          meterStart: null,
          timestamp: '',
        })?.problems.map((problem) => problem.path),
        ['/idTag', '/connectorId', '/meterStart', '/timestamp'],
      );
    });
  });

  const later = [
    ['ocpp2.0.1', OCPP201_ACTIONS],
    ['ocpp2.1', OCPP21_ACTIONS],
  ] as const;
  for (const [version, table] of later) {
    it(`has schemas of ${version} for every row of the action table, and no other`, async () => {
      await warmUp(version);
      const schemas = await loadSchemas(version);
      assert.deepEqual(schemas.map((entry) => entry.action).sort(), table.map((entry) => entry.action).sort());
      for (const entry of table) {
        payloadCheck(version, entry.action, 'request');
        if (!('isSend' in entry)) payloadCheck(version, entry.action, 'response');
      }
    });
  }

  describe('of OCPP 2.0.1', () => {
    before(() => warmUp('ocpp2.0.1'));
    const event = {
      eventType: 'Started',
      timestamp: '2026-01-01T00:00:00Z',
      triggerReason: 'CablePluggedIn',
      seqNo: 0,
      transactionInfo: { transactionId: 't-1' },
    };
    const { transactionInfo: _, ...incomplete } = event;
    const cases = [
      ['TransactionEvent', event, null],
      ['TransactionEvent', incomplete, ['OccurrenceConstraintViolation', '/transactionInfo', 'is missing']],
      ['TransactionEvent', { ...event, seqNo: '0' }, ['TypeConstraintViolation', '/seqNo', 'must be integer']],
      ['GetVariables', { getVariableData: [] }, ['OccurrenceConstraintViolation', '/getVariableData', /fewer than 1/]],
    ] as const;
    for (const [action, payload, expected] of cases) {
      it(`finds ${expected === null ? 'nothing' : expected[0]} in ${JSON.stringify(payload)}`, () => {
        const invalid = validate('ocpp2.0.1', action, 'request', payload);
        if (expected === null) {
          assert.equal(invalid, null);
          return;
        }
        const [code, path, message] = expected;
        assert.equal(invalid?.code, code);
        assert.equal(invalid?.problems[0]?.path, path);
        assert.match(invalid?.problems[0]?.message ?? '', new RegExp(message));
      });
    }
  });
});
