import assert from 'node:assert/strict';
import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { CommandFacts } from '@voltpile/csms/contract/station-link';
import fc from 'fast-check';
import type { OcppDialect } from './dialect.ts';
import { createOcpp16Dialect } from './ocpp16/dialect.ts';
import { createOcpp201Dialect } from './ocpp201/dialect.ts';
import { PaperConversation } from './testing/recording-port.ts';

const AT = '2026-03-01T10:00:00Z';
const FLAT_ON_CONNECTOR = { name: 'Configuration', connectorId: 1 };
const periods = [{ startPeriod: 0, limit: 11_000 }];

function toJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null');
  } catch {
    return null;
  }
}

describe('what answers say in neutral words', () => {
  const dialects = new Map<string, OcppDialect>();
  before(async () => {
    dialects.set('1.6', await createOcpp16Dialect());
    dialects.set('2.0.1', await createOcpp201Dialect());
  });

  const factsOf = async (version: string, command: object, payload: unknown) => {
    const dialect = dialects.get(version) as OcppDialect;
    const answered = async () => ({ kind: 'result', payload }) as const;
    return (await dialect.execute(command as StationCommand, answered, new PaperConversation())).facts;
  };

  const listCommand = { action: 'send-local-list', payload: { versionNumber: 1, updateType: 'Full' } };
  const reserve = { action: 'reserve-now', payload: { reservationId: 1, evseId: 1, idToken: 'C', expiresAt: AT } };
  const schedule = { action: 'get-composite-schedule', payload: { evseId: 1, durationSeconds: 60 } };
  const log = { action: 'get-log', payload: { requestId: 1, logType: 'SecurityLog', location: 'https://127.0.0.1/l' } };
  const cases: [version: string, command: object, answer: object, facts: CommandFacts | undefined][] = [
    [
      '1.6',
      { action: 'get-local-list-version', payload: {} },
      { listVersion: 4 },
      { kind: 'local-list-version', versionNumber: 4 },
    ],
    [
      '1.6',
      { action: 'get-local-list-version', payload: {} },
      { listVersion: -1 },
      { kind: 'local-list-version', versionNumber: -1 },
    ],
    [
      '2.0.1',
      { action: 'get-local-list-version', payload: {} },
      { versionNumber: 4 },
      { kind: 'local-list-version', versionNumber: 4 },
    ],
    ['2.0.1', { action: 'get-local-list-version', payload: {} }, { versionNumber: 'four' }, undefined],
    ['1.6', listCommand, { status: 'VersionMismatch' }, { kind: 'local-list-sent', status: 'version-mismatch' }],
    ['1.6', listCommand, { status: 'NotSupported' }, { kind: 'local-list-sent', status: 'not-supported' }],
    ['2.0.1', listCommand, { status: 'Accepted' }, { kind: 'local-list-sent', status: 'accepted' }],
    ['1.6', reserve, { status: 'Occupied' }, { kind: 'reservation', status: 'occupied' }],
    ['2.0.1', reserve, { status: 'Faulted' }, { kind: 'reservation', status: 'faulted' }],
    ['2.0.1', reserve, { status: 'Perhaps' }, undefined],
    ['1.6', schedule, { status: 'Rejected' }, undefined],
    ['1.6', schedule, { status: 'Accepted' }, { kind: 'composite-schedule', schedule: null }],
    [
      '1.6',
      schedule,
      {
        status: 'Accepted',
        connectorId: 1,
        scheduleStart: AT,
        chargingSchedule: { duration: 60, chargingRateUnit: 'W', chargingSchedulePeriod: periods },
      },
      {
        kind: 'composite-schedule',
        schedule: {
          evseId: 1,
          duration: 60,
          scheduleStart: AT,
          chargingRateUnit: 'W',
          chargingSchedulePeriod: periods,
        },
      },
    ],
    [
      '2.0.1',
      schedule,
      { status: 'Accepted', schedule: { evseId: 1 } },
      { kind: 'composite-schedule', schedule: { evseId: 1 } },
    ],
    ['1.6', log, { status: 'Accepted', filename: 'l.txt' }, { kind: 'upload', fileName: 'l.txt' }],
    ['2.0.1', log, { status: 'Accepted' }, { kind: 'upload', fileName: null }],
    [
      '1.6',
      { action: 'get-diagnostics', payload: { location: 'https://127.0.0.1/l' } },
      { fileName: 'd.txt' },
      { kind: 'upload', fileName: 'd.txt' },
    ],
    [
      '1.6',
      { action: 'get-variables', payload: {} },
      {
        configurationKey: [{ key: 'A', readonly: true, value: '1' }, { key: 'B', readonly: false }, { readonly: true }],
        unknownKey: ['C', 5, ''],
      },
      {
        kind: 'variables',
        variables: [
          {
            component: { name: 'Configuration' },
            variable: { name: 'A' },
            attributes: [{ type: 'Actual', mutability: 'ReadOnly', value: '1' }],
          },
          {
            component: { name: 'Configuration' },
            variable: { name: 'B' },
            attributes: [{ type: 'Actual', mutability: 'ReadWrite' }],
          },
        ],
        unknown: [
          { component: { name: 'Configuration' }, variable: { name: 'C' } },
          { component: { name: 'Configuration' }, variable: { name: '5' } },
        ],
      },
    ],
    [
      '1.6',
      { action: 'set-variables', payload: { variables: [{ variable: 'A', value: '1' }] } },
      { status: 'NotSupported' },
      {
        kind: 'variables-set',
        results: [
          {
            component: { name: 'Configuration' },
            variable: { name: 'A' },
            attributeType: 'Actual',
            value: '1',
            status: 'UnknownVariable',
          },
        ],
      },
    ],
  ];
  for (const [version, command, answer, facts] of cases) {
    it(`${version}: ${(command as { action: string }).action} ${JSON.stringify(answer).slice(0, 60)}`, async () => {
      assert.deepEqual(await factsOf(version, command, answer), facts);
    });
  }

  it('1.6 keeps values whole, and says of a key only what the station says', async () => {
    const long = 'x'.repeat(500);
    const facts = await factsOf(
      '1.6',
      { action: 'get-variables', payload: {} },
      {
        configurationKey: [
          { key: 'A', readonly: false, value: long },
          { key: 'B', value: true },
        ],
      },
    );
    assert.deepEqual(facts?.kind === 'variables' && facts.variables.map(({ attributes }) => attributes), [
      [{ type: 'Actual', mutability: 'ReadWrite', value: long }],
      [{ type: 'Actual', value: 'true' }],
    ]);
  });

  it('1.6 reads keys in as many messages as the station needs', async () => {
    const sent: unknown[] = [];
    const command = {
      action: 'get-variables',
      payload: { variables: ['A', 'B', 'C'].map((variable) => ({ variable })) },
      itemsPerMessage: 2,
    };
    const answers = [
      { configurationKey: [{ key: 'A', readonly: true, value: '1' }], unknownKey: ['B'] },
      { configurationKey: [{ key: 'C', readonly: true, value: '3' }] },
    ];
    const outcome = await dialects.get('1.6')?.execute(
      command as StationCommand,
      async (_, payload) => {
        sent.push(payload);
        return { kind: 'result', payload: answers[sent.length - 1] };
      },
      new PaperConversation(),
    );
    assert.deepEqual(sent, [{ key: ['A', 'B'] }, { key: ['C'] }]);
    assert.equal(outcome?.status, 'accepted');
    assert.deepEqual(outcome.response, {
      configurationKey: [...(answers[0]?.configurationKey ?? []), ...(answers[1]?.configurationKey ?? [])],
      unknownKey: ['B'],
    });
    const { facts } = outcome;
    assert.deepEqual(
      facts?.kind === 'variables' && [
        facts.variables.map(({ variable }) => variable.name),
        facts.unknown.map(({ variable }) => variable.name),
      ],
      [['A', 'C'], ['B']],
    );
  });

  it('garbage says nothing, and breaks nothing', async () => {
    const component = { name: 'A' };
    const monitor = { component, variable: 'X', type: 'Delta', value: 1, severity: 1 };
    const commands: object[] = [
      { action: 'get-local-list-version', payload: {} },
      listCommand,
      reserve,
      schedule,
      log,
      { action: 'get-diagnostics', payload: { requestId: 1, location: 'https://127.0.0.1/l' } },
      { action: 'get-variables', payload: { variables: [{ variable: 'X' }] } },
      { action: 'get-variables', payload: { variables: [{ component, variable: 'X' }] } },
      { action: 'set-variables', payload: { variables: [{ variable: 'X', value: '1' }] } },
      { action: 'set-variables', payload: { variables: [{ component, variable: 'X', value: '1' }] } },
      { action: 'set-variable-monitoring', payload: { monitors: [monitor] } },
      { action: 'clear-variable-monitoring', payload: { ids: [1] } },
    ];
    const members = fc.dictionary(
      fc.constantFrom(
        ...['status', 'schedule', 'filename', 'fileName', 'listVersion', 'versionNumber', 'configurationKey'],
        ...['unknownKey', 'getVariableResult', 'setVariableResult', 'setMonitoringResult', 'clearMonitoringResult'],
        ...['chargingSchedule', 'component', 'variable', 'name', 'evse', 'key', 'value', 'attributeStatus'],
      ),
      fc.oneof(fc.anything(), fc.constant('Accepted'), fc.array(fc.anything())),
    );
    // As a station can send it: JSON.
    const garbage = fc.oneof(fc.jsonValue(), members.map(toJson));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...commands), garbage, async (command, answer) => {
        for (const version of dialects.keys()) {
          const facts = await factsOf(version, command, answer);
          if (facts !== undefined) assert.deepEqual(JSON.parse(JSON.stringify(facts)), toJson(facts));
        }
      }),
      { numRuns: 500 },
    );
    for (const version of dialects.keys()) {
      for (const command of [listCommand, reserve, schedule]) {
        for (const answer of [null, 7, 'Accepted', [], { status: ['Accepted'] }]) {
          assert.equal(await factsOf(version, command, answer), undefined);
        }
      }
    }
  });

  it('1.6 refuses names that say more than a key', async () => {
    const outcomeOf = async (variable: object) => {
      const command = { action: 'get-variables', payload: { variables: [{ variable: 'A', ...variable }] } };
      const never = async () => assert.fail('sent');
      return (await dialects.get('1.6')?.execute(command as StationCommand, never, new PaperConversation()))?.response;
    };
    for (const more of [
      { component: { name: 'EVSE' } },
      { instance: 'x' },
      { attributeType: 'Target' },
      { component: FLAT_ON_CONNECTOR },
    ]) {
      assert.match(JSON.stringify(await outcomeOf(more)), /NotSendable/);
    }
  });
});
