import assert from 'node:assert/strict';
import {
  type ChargingProfile,
  COMMAND_ACTIONS,
  COMMAND_PAYLOADS,
  type StationCommand,
} from '@voltpile/csms/contract/commands';
import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import { OCPP16_ACTIONS } from '@voltpile/ocpp/actions/ocpp16';
import type { CallOutcome } from '@voltpile/ocpp/rpc/types';
import { validate } from '@voltpile/ocpp/validator';
import fc from 'fast-check';
import type { Caller, OcppDialect } from '../dialect.ts';
import { PaperConversation } from '../testing/recording-port.ts';
import { COMMANDS } from './commands.ts';
import { createOcpp16Dialect } from './dialect.ts';

const AT = '2026-03-01T09:59:58.000Z';
const LATER = '2026-03-02T09:59:58.000Z';

let dialect: OcppDialect;

/** Executes a command against a station that answers with the given outcomes in turn. */
async function give(
  command: StationCommand,
  ...answers: CallOutcome[]
): Promise<{ outcome: CommandOutcome; sent: [action: string, payload: object][] }> {
  const sent: [string, object][] = [];
  const call: Caller = async (action, payload) => {
    sent.push([action, JSON.parse(JSON.stringify(payload)) as object]);
    const answer = answers[sent.length - 1];
    assert(answer !== undefined, 'more calls than the test has answers');
    return answer;
  };
  // What answers say in neutral words is tested beside what 2.0.1's say (`facts.test.ts`).
  const { facts: _, ...outcome } = await dialect.execute(command, call, new PaperConversation());
  return { outcome, sent };
}

const says = (payload: unknown): CallOutcome => ({ kind: 'result', payload });
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const profile: ChargingProfile = {
  id: 5,
  stackLevel: 1,
  chargingProfilePurpose: 'TxProfile',
  chargingProfileKind: 'Recurring',
  recurrencyKind: 'Daily',
  validFrom: AT,
  validTo: LATER,
  chargingSchedule: {
    duration: 3600,
    startSchedule: AT,
    chargingRateUnit: 'A',
    minChargingRate: 6.1,
    chargingSchedulePeriod: [{ startPeriod: 0, limit: 16, numberPhases: 3 }],
  },
};
const ocppProfile = {
  chargingProfileId: 5,
  stackLevel: 1,
  chargingProfilePurpose: 'TxProfile',
  chargingProfileKind: 'Recurring',
  recurrencyKind: 'Daily',
  validFrom: AT,
  validTo: LATER,
  chargingSchedule: profile.chargingSchedule,
};
const hash = { hashAlgorithm: 'SHA256', issuerNameHash: 'a', issuerKeyHash: 'b', serialNumber: '1' } as const;

type Statuses = Record<string, CommandOutcome['status']>;
const plainStatuses: Statuses = { Accepted: 'accepted', Rejected: 'rejected' };

/** Each command with its 1.6 payload, which lead to each other; and what becomes of each status that the station may answer. */
const twins: [command: StationCommand, action: string, payload: object, statuses: Statuses | 'none'][] = [
  [
    { action: 'cancel-reservation', payload: { reservationId: 4 } },
    'CancelReservation',
    { reservationId: 4 },
    plainStatuses,
  ],
  [
    { action: 'certificate-signed', payload: { certificateChain: 'PEM' } },
    'CertificateSigned',
    { certificateChain: 'PEM' },
    plainStatuses,
  ],
  [
    { action: 'change-availability', payload: { evseId: 0, operationalStatus: 'Inoperative' } },
    'ChangeAvailability',
    { connectorId: 0, type: 'Inoperative' },
    { Accepted: 'accepted', Scheduled: 'accepted', Rejected: 'rejected' },
  ],
  [{ action: 'clear-cache', payload: {} }, 'ClearCache', {}, plainStatuses],
  [
    {
      action: 'clear-charging-profile',
      payload: { chargingProfileId: 5, evseId: 1, chargingProfilePurpose: 'ChargingStationMaxProfile', stackLevel: 0 },
    },
    'ClearChargingProfile',
    { id: 5, connectorId: 1, chargingProfilePurpose: 'ChargePointMaxProfile', stackLevel: 0 },
    { Accepted: 'accepted', Unknown: 'rejected' },
  ],
  [{ action: 'clear-charging-profile', payload: {} }, 'ClearChargingProfile', {}, {}],
  [
    { action: 'delete-certificate', payload: { certificateHashData: hash } },
    'DeleteCertificate',
    { certificateHashData: hash },
    { Accepted: 'accepted', Failed: 'rejected', NotFound: 'rejected' },
  ],
  [
    { action: 'extended-trigger-message', payload: { requestedMessage: 'SignChargePointCertificate', evseId: 1 } },
    'ExtendedTriggerMessage',
    { requestedMessage: 'SignChargePointCertificate', connectorId: 1 },
    { Accepted: 'accepted', Rejected: 'rejected', NotImplemented: 'rejected' },
  ],
  [
    { action: 'get-composite-schedule', payload: { evseId: 1, durationSeconds: 60, chargingRateUnit: 'W' } },
    'GetCompositeSchedule',
    { connectorId: 1, duration: 60, chargingRateUnit: 'W' },
    plainStatuses,
  ],
  [
    {
      action: 'get-diagnostics',
      payload: { location: 'ftp://127.0.0.1/d', oldest: AT, latest: LATER, retries: 2, retryIntervalSeconds: 30 },
    },
    'GetDiagnostics',
    { location: 'ftp://127.0.0.1/d', startTime: AT, stopTime: LATER, retries: 2, retryInterval: 30 },
    'none',
  ],
  [
    { action: 'get-installed-certificate-ids', payload: { certificateType: 'CentralSystemRootCertificate' } },
    'GetInstalledCertificateIds',
    { certificateType: 'CentralSystemRootCertificate' },
    { Accepted: 'accepted', NotFound: 'accepted' },
  ],
  [{ action: 'get-local-list-version', payload: {} }, 'GetLocalListVersion', {}, 'none'],
  [
    {
      action: 'get-log',
      payload: {
        requestId: 7,
        logType: 'SecurityLog',
        location: 'https://127.0.0.1/l',
        oldest: AT,
        latest: LATER,
        retries: 1,
        retryIntervalSeconds: 5,
      },
    },
    'GetLog',
    {
      requestId: 7,
      logType: 'SecurityLog',
      log: { remoteLocation: 'https://127.0.0.1/l', oldestTimestamp: AT, latestTimestamp: LATER },
      retries: 1,
      retryInterval: 5,
    },
    { Accepted: 'accepted', AcceptedCanceled: 'accepted', Rejected: 'rejected' },
  ],
  [
    { action: 'get-variables', payload: { variables: [{ variable: 'HeartbeatInterval' }, { variable: 'X' }] } },
    'GetConfiguration',
    { key: ['HeartbeatInterval', 'X'] },
    'none',
  ],
  [{ action: 'get-variables', payload: {} }, 'GetConfiguration', {}, 'none'],
  [
    { action: 'install-certificate', payload: { certificateType: 'ManufacturerRootCertificate', certificate: 'PEM' } },
    'InstallCertificate',
    { certificateType: 'ManufacturerRootCertificate', certificate: 'PEM' },
    { Accepted: 'accepted', Failed: 'rejected', Rejected: 'rejected' },
  ],
  [
    {
      action: 'reserve-now',
      payload: { reservationId: 4, evseId: 1, idToken: 'CARD', groupIdToken: 'GROUP', expiresAt: AT },
    },
    'ReserveNow',
    { reservationId: 4, connectorId: 1, idTag: 'CARD', parentIdTag: 'GROUP', expiryDate: AT },
    { Accepted: 'accepted', Faulted: 'rejected', Occupied: 'rejected', Rejected: 'rejected', Unavailable: 'rejected' },
  ],
  [{ action: 'reset-station', payload: { type: 'Immediate' } }, 'Reset', { type: 'Hard' }, plainStatuses],
  [{ action: 'reset-station', payload: { type: 'OnIdle' } }, 'Reset', { type: 'Soft' }, {}],
  [
    {
      action: 'send-local-list',
      payload: {
        versionNumber: 3,
        updateType: 'Differential',
        localAuthorizationList: [
          { idToken: 'A', idTokenInfo: { status: 'Blocked', groupIdToken: 'G', expiresAt: AT } },
          { idToken: 'B' },
        ],
      },
    },
    'SendLocalList',
    {
      listVersion: 3,
      updateType: 'Differential',
      localAuthorizationList: [
        { idTag: 'A', idTagInfo: { status: 'Blocked', parentIdTag: 'G', expiryDate: AT } },
        { idTag: 'B' },
      ],
    },
    { Accepted: 'accepted', Failed: 'rejected', NotSupported: 'rejected', VersionMismatch: 'rejected' },
  ],
  [
    { action: 'set-charging-profile', payload: { evseId: 1, chargingProfile: profile }, stationTransactionId: '17' },
    'SetChargingProfile',
    { connectorId: 1, csChargingProfiles: { ...ocppProfile, transactionId: 17 } },
    { Accepted: 'accepted', Rejected: 'rejected', NotSupported: 'rejected' },
  ],
  [
    {
      action: 'set-charging-profile',
      payload: { evseId: 0, chargingProfile: { ...profile, chargingProfilePurpose: 'ChargingStationMaxProfile' } },
    },
    'SetChargingProfile',
    { connectorId: 0, csChargingProfiles: { ...ocppProfile, chargingProfilePurpose: 'ChargePointMaxProfile' } },
    {},
  ],
  [
    { action: 'start-transaction', payload: { evseId: 1, idToken: 'CARD', chargingProfile: profile } },
    'RemoteStartTransaction',
    { connectorId: 1, idTag: 'CARD', chargingProfile: ocppProfile },
    plainStatuses,
  ],
  [{ action: 'start-transaction', payload: { idToken: 'CARD' } }, 'RemoteStartTransaction', { idTag: 'CARD' }, {}],
  [
    { action: 'stop-transaction', payload: { transactionId: '' }, stationTransactionId: '17' },
    'RemoteStopTransaction',
    { transactionId: 17 },
    plainStatuses,
  ],
  [
    { action: 'trigger-message', payload: { requestedMessage: 'MeterValues', evseId: 2 } },
    'TriggerMessage',
    { requestedMessage: 'MeterValues', connectorId: 2 },
    { Accepted: 'accepted', Rejected: 'rejected', NotImplemented: 'rejected' },
  ],
  [
    { action: 'unlock-connector', payload: { evseId: 1 } },
    'UnlockConnector',
    { connectorId: 1 },
    { Unlocked: 'accepted', UnlockFailed: 'rejected', NotSupported: 'rejected' },
  ],
  [
    {
      action: 'update-firmware',
      payload: { location: 'https://127.0.0.1/f', retrieveAt: AT, retries: 1, retryIntervalSeconds: 5 },
    },
    'UpdateFirmware',
    { location: 'https://127.0.0.1/f', retrieveDate: AT, retries: 1, retryInterval: 5 },
    'none',
  ],
  [
    {
      action: 'update-signed-firmware',
      payload: {
        requestId: 8,
        location: 'https://127.0.0.1/f',
        retrieveAt: AT,
        installAt: LATER,
        signingCertificate: 'PEM',
        signature: 'SIG',
        retries: 1,
        retryIntervalSeconds: 5,
      },
    },
    'SignedUpdateFirmware',
    {
      requestId: 8,
      firmware: {
        location: 'https://127.0.0.1/f',
        retrieveDateTime: AT,
        installDateTime: LATER,
        signingCertificate: 'PEM',
        signature: 'SIG',
      },
      retries: 1,
      retryInterval: 5,
    },
    {
      Accepted: 'accepted',
      Rejected: 'rejected',
      AcceptedCanceled: 'accepted',
      InvalidCertificate: 'rejected',
      RevokedCertificate: 'rejected',
    },
  ],
];

/** OCPP 1.6 has no reports, no monitors, and asks neither for profiles nor for the state of a transaction. */
const NOT_CARRIED = [
  'clear-variable-monitoring',
  'get-base-report',
  'get-charging-profiles',
  'get-monitoring-report',
  'get-report',
  'get-transaction-status',
  'set-monitoring-base',
  'set-monitoring-level',
  'set-variable-monitoring',
];
/** Prices of piles that count by themselves are of other protocols. */
const CARRIED = COMMAND_ACTIONS.filter((action) => action !== 'apply-tariff').filter(
  (action) => !NOT_CARRIED.includes(action),
);

describe('OCPP 1.6 commands', () => {
  before(async () => {
    dialect = await createOcpp16Dialect();
  });

  it('there is one for every neutral command that 1.6 can carry and one for every action that we send', () => {
    assert.deepEqual([...dialect.capabilities].sort(), [...CARRIED, 'raw-call', 'show-cost'].sort());
    assert.deepEqual(
      [...new Set(COMMANDS.map((entry) => entry.action))].sort(),
      OCPP16_ACTIONS.filter((entry) => entry.direction !== 'from-station')
        .map((entry) => entry.action)
        .sort(),
    );
  });

  it('each is in the table of this test', () => {
    const tested = new Set(twins.map(([command]) => command.action).concat('set-variables'));
    assert.deepEqual([...tested].sort(), [...CARRIED].sort());
  });

  for (const [command, action, payload, statuses] of twins) {
    describe(`${command.action} ${JSON.stringify(command.payload).slice(0, 40)}`, () => {
      it(`goes as ${action}`, async () => {
        assert.equal(validate('ocpp1.6', action, 'request', payload), null, 'the example itself is valid');
        const { sent } = await give(command, says({ status: 'Accepted' }));
        assert.deepEqual(sent, [[action, payload]]);
      });

      it(`is what ${action} is read as`, () => {
        const read = dialect.interpret(action, payload);
        assert.deepEqual(plain(read), { kind: 'command', command });
      });

      if (statuses === 'none') return;
      for (const [status, expected] of Object.entries(statuses)) {
        it(`${status} is ${expected}`, async () => {
          const answer = { status };
          const { outcome } = await give(command, says(answer));
          assert.deepEqual(outcome, { status: expected, response: answer });
        });
      }
    });
  }

  it('the tables of statuses hold every word of the schemas, and no other', () => {
    const words = new Set(twins.flatMap(([, , , statuses]) => (statuses === 'none' ? [] : Object.keys(statuses))));
    for (const [, action, , statuses] of twins) {
      if (statuses === 'none' || Object.keys(statuses).length === 0) continue;
      const valid = [...words].filter((status) => validate('ocpp1.6', action, 'response', { status }) === null);
      assert.deepEqual(Object.keys(statuses).sort(), valid.sort(), action);
    }
  });

  describe('answers without a status', () => {
    const cases: [StationCommand, unknown, CommandOutcome['status']][] = [
      [{ action: 'get-local-list-version', payload: {} }, { listVersion: -1 }, 'accepted'],
      [{ action: 'get-local-list-version', payload: {} }, {}, 'failed'],
      [{ action: 'get-variables', payload: {} }, { configurationKey: [], unknownKey: null }, 'accepted'],
      [{ action: 'get-variables', payload: {} }, {}, 'accepted'],
      [{ action: 'get-variables', payload: {} }, { configurationKey: 'x' }, 'failed'],
      [{ action: 'get-diagnostics', payload: { location: 'ftp://127.0.0.1/d' } }, {}, 'accepted'],
      [{ action: 'get-diagnostics', payload: { location: 'ftp://127.0.0.1/d' } }, null, 'failed'],
      [{ action: 'update-firmware', payload: { location: 'ftp://127.0.0.1/f', retrieveAt: AT } }, {}, 'accepted'],
      [{ action: 'update-firmware', payload: { location: 'ftp://127.0.0.1/f', retrieveAt: AT } }, [], 'failed'],
    ];
    for (const [command, answer, status] of cases) {
      it(`${command.action} answered ${JSON.stringify(answer)} is ${status}`, async () => {
        assert.deepEqual((await give(command, says(answer))).outcome, { status, response: answer });
      });
    }
  });

  it('an answer that breaks its schema is kept, and judged by its status when it has one', async () => {
    const command: StationCommand = { action: 'clear-cache', payload: {} };
    for (const [answer, status] of [
      [{ status: 'Accepted', more: 1 }, 'accepted'],
      [{ status: 'Maybe' }, 'rejected'],
      [{ status: 1 }, 'failed'],
      [{}, 'failed'],
      ['Accepted', 'failed'],
      [null, 'failed'],
    ] as const) {
      assert.deepEqual((await give(command, says(answer))).outcome, { status, response: answer });
    }
  });

  it('an answer’s NUL characters are replaced, and nothing else', async () => {
    const answer = {
      configurationKey: [{ key: 'A', readonly: true, value: 'x\u0000\u0000' }],
      unknownKey: ['\\u0000'],
    };
    const { outcome } = await give({ action: 'get-variables', payload: {} }, says(answer));
    assert.deepEqual(outcome.response, {
      configurationKey: [{ key: 'A', readonly: true, value: 'x\ufffd\ufffd' }],
      unknownKey: ['\\u0000'],
    });
  });

  it('what came of a CALL without an answer is the outcome', async () => {
    const command: StationCommand = { action: 'clear-cache', payload: {} };
    const error: CallOutcome = { kind: 'error', code: 'NotSupported', description: 'no cache', details: {} };
    assert.deepEqual((await give(command, error)).outcome, {
      status: 'failed',
      response: { error: 'NotSupported', message: 'no cache' },
    });
    const bare = await give({ action: 'get-local-list-version', payload: {} }, { ...error, description: '' });
    assert.match((bare.outcome.response as { message: string }).message, /no explanation/);
    for (const [answer, status] of [
      [{ kind: 'timeout' }, 'timeout'],
      [{ kind: 'closed', sent: true }, 'unknown'],
      [{ kind: 'closed', sent: false }, 'offline'],
    ] as const) {
      const { outcome } = await give(command, answer);
      assert.equal(outcome.status, status);
      assert.equal(typeof (outcome.response as { error: string }).error, 'string');
    }
  });

  describe('what cannot be sent fails before anything is sent', () => {
    const cases: [StationCommand, RegExp][] = [
      [{ action: 'stop-transaction', payload: { transactionId: 'x' } }, /number of this transaction is not known/],
      [
        { action: 'stop-transaction', payload: { transactionId: 'x' }, stationTransactionId: 'abc' },
        /\/transactionId must be integer/,
      ],
      [
        { action: 'start-transaction', payload: { idToken: 'x'.repeat(36) } },
        /\/idTag must NOT have more than 20 characters/,
      ],
      [
        {
          action: 'set-charging-profile',
          payload: {
            evseId: 1,
            chargingProfile: { ...profile, chargingSchedule: { ...profile.chargingSchedule, minChargingRate: 6.25 } },
          },
        },
        /minChargingRate must be multiple of 0.1/,
      ],
      [{ action: 'raw-call', payload: { action: 'Reset', payload: { type: 'Hard' } } }, /Only DataTransfer/],
      [
        { action: 'raw-call', payload: { action: 'DataTransfer', payload: { vendorId: 7 } } },
        /\/vendorId must be string/,
      ],
      [{ action: 'raw-call', payload: { action: 'DataTransfer', payload: null } }, /the payload must be object/],
      [{ action: 'set-variables', payload: { variables: [] } }, /empty/],
      [
        {
          action: 'set-variables',
          payload: {
            variables: [
              { variable: 'A', value: '1' },
              { variable: 'x'.repeat(51), value: '1' },
            ],
          },
        },
        /\/key must NOT have more than 50/,
      ],
      [{ action: 'dance', payload: {} } as unknown as StationCommand, /cannot carry/],
    ];
    for (const [command, message] of cases) {
      it(`${JSON.stringify(command).slice(0, 80)}`, async () => {
        const { outcome, sent } = await give(command);
        assert.equal(outcome.status, 'failed');
        assert.match((outcome.response as { message: string }).message, message);
        assert.deepEqual(sent, []);
      });
    }
  });

  describe('what 1.6 cannot say of the wider neutral commands', () => {
    const variables = [{ variable: 'A', value: '1' }];
    const unsendable: [command: StationCommand, reason: RegExp][] = [
      [{ action: 'unlock-connector', payload: { evseId: 1, connectorId: 2 } }, /connector 1 only/],
      [
        { action: 'change-availability', payload: { evseId: 1, connectorId: 2, operationalStatus: 'Operative' } },
        /connector 1 only/,
      ],
      [
        { action: 'change-availability', payload: { connectorId: 1, operationalStatus: 'Operative' } },
        /together with its EVSE/,
      ],
      [
        { action: 'trigger-message', payload: { requestedMessage: 'MeterValues', evseId: 1, connectorId: 2 } },
        /connector 1 only/,
      ],
      [{ action: 'trigger-message', payload: { requestedMessage: 'TransactionEvent' } }, /cannot ask for/],
      [{ action: 'reset-station', payload: { type: 'OnIdle', evseId: 1 } }, /whole station/],
      [
        {
          action: 'set-variables',
          payload: { variables: [{ ...variables[0], component: { name: 'EVSE' } }] },
        } as never,
        /no components/,
      ],
      [
        { action: 'set-variables', payload: { variables: [{ ...variables[0], attributeType: 'Target' }] } } as never,
        /actual value only/,
      ],
      [
        { action: 'reserve-now', payload: { reservationId: 1, connectorType: 'cCCS2', idToken: 'C', expiresAt: AT } },
        /no type of connector/,
      ],
      [
        { action: 'update-firmware', payload: { location: 'https://127.0.0.1/f', retrieveAt: AT, installAt: LATER } },
        /installs as soon as/,
      ],
      [
        { action: 'install-certificate', payload: { certificateType: 'V2GRootCertificate', certificate: 'PEM' } },
        /knows .* only/,
      ],
      [{ action: 'get-installed-certificate-ids', payload: {} }, /knows .* only/],
      [
        { action: 'certificate-signed', payload: { certificateChain: 'PEM', certificateType: 'V2GCertificate' } },
        /no V2G/,
      ],
      [
        {
          action: 'clear-charging-profile',
          payload: { chargingProfilePurpose: 'ChargingStationExternalConstraints' },
        },
        /has no/,
      ],
    ];
    for (const [command, reason] of unsendable) {
      it(`is refused with a reason: ${JSON.stringify(command).slice(0, 100)}`, async () => {
        const { outcome, sent } = await give(command);
        assert.deepEqual([outcome.status, sent], ['failed', []]);
        assert.match((outcome.response as { message: string }).message, reason);
      });
    }

    const same: [command: StationCommand, payload: object][] = [
      [{ action: 'unlock-connector', payload: { evseId: 2, connectorId: 1 } }, { connectorId: 2 }],
      [
        { action: 'trigger-message', payload: { requestedMessage: 'MeterValues', evseId: 2, connectorId: 1 } },
        { requestedMessage: 'MeterValues', connectorId: 2 },
      ],
      [
        { action: 'change-availability', payload: { operationalStatus: 'Operative' } },
        { connectorId: 0, type: 'Operative' },
      ],
      [
        { action: 'start-transaction', payload: { idToken: 'C', idTokenType: 'eMAID', groupIdToken: 'G' } },
        { idTag: 'C' },
      ],
      [
        {
          action: 'send-local-list',
          payload: {
            versionNumber: 1,
            updateType: 'Full',
            localAuthorizationList: [{ idToken: 'C', idTokenType: 'ISO14443' }],
          },
        },
        { listVersion: 1, updateType: 'Full', localAuthorizationList: [{ idTag: 'C' }] },
      ],
      [
        { action: 'reserve-now', payload: { reservationId: 1, idToken: 'C', idTokenType: 'eMAID', expiresAt: AT } },
        { connectorId: 0, expiryDate: AT, idTag: 'C', reservationId: 1 },
      ],
      [
        {
          action: 'set-variables',
          payload: {
            variables: [{ variable: 'A', value: '1', component: { name: 'Configuration' }, attributeType: 'Actual' }],
          },
        },
        { key: 'A', value: '1' },
      ],
      [
        { action: 'get-diagnostics', payload: { requestId: 3, location: 'https://127.0.0.1/d' } },
        { location: 'https://127.0.0.1/d' },
      ],
      [
        {
          action: 'set-charging-profile',
          payload: {
            evseId: 1,
            chargingProfile: { ...profile, chargingSchedule: { ...profile.chargingSchedule, id: 77 } },
            transactionId: 'ours',
          },
          stationTransactionId: '17',
        },
        { connectorId: 1, csChargingProfiles: { ...ocppProfile, transactionId: 17 } },
      ],
      [
        {
          action: 'certificate-signed',
          payload: { certificateChain: 'PEM', certificateType: 'ChargingStationCertificate' },
        },
        { certificateChain: 'PEM' },
      ],
    ];
    for (const [command, payload] of same) {
      it(`is left out where nothing depends on it: ${JSON.stringify(command).slice(0, 100)}`, async () => {
        const { sent } = await give(command, says({ status: 'Accepted' }));
        assert.deepEqual(
          sent.map(([, each]) => each),
          [payload],
        );
      });
    }
  });

  describe('set-variables', () => {
    const one: StationCommand = { action: 'set-variables', payload: { variables: [{ variable: 'A', value: '1' }] } };
    const two: StationCommand = {
      action: 'set-variables',
      payload: {
        variables: [
          { variable: 'A', value: '1' },
          { variable: 'B', value: '2' },
        ],
      },
    };
    const error: CallOutcome = { kind: 'error', code: 'GenericError', description: 'no', details: {} };

    it('goes as one ChangeConfiguration for each, and each is read as one', async () => {
      const { sent } = await give(two, says({ status: 'Accepted' }), says({ status: 'Accepted' }));
      assert.deepEqual(sent, [
        ['ChangeConfiguration', { key: 'A', value: '1' }],
        ['ChangeConfiguration', { key: 'B', value: '2' }],
      ]);
      assert.deepEqual(dialect.interpret('ChangeConfiguration', { key: 'A', value: '1' }), {
        kind: 'command',
        command: one,
      });
    });

    it('a single one keeps the station’s own answer', async () => {
      for (const [status, expected] of [
        ['Accepted', 'accepted'],
        ['RebootRequired', 'accepted'],
        ['Rejected', 'rejected'],
        ['NotSupported', 'rejected'],
      ] as const) {
        assert.deepEqual((await give(one, says({ status }))).outcome, {
          status: expected,
          response: { status, results: [{ variable: 'A', status }] },
        });
      }
    });

    const cases: [string, CallOutcome[], CommandOutcome['status'], object[]][] = [
      [
        'all accepted',
        [says({ status: 'Accepted' }), says({ status: 'RebootRequired' })],
        'accepted',
        [
          { variable: 'A', status: 'Accepted' },
          { variable: 'B', status: 'RebootRequired' },
        ],
      ],
      [
        'one rejected',
        [says({ status: 'Rejected' }), says({ status: 'Accepted' })],
        'rejected',
        [
          { variable: 'A', status: 'Rejected' },
          { variable: 'B', status: 'Accepted' },
        ],
      ],
      [
        'one in error',
        [error, says({ status: 'Rejected' })],
        'failed',
        [
          { variable: 'A', error: 'GenericError', message: 'no' },
          { variable: 'B', status: 'Rejected' },
        ],
      ],
    ];
    for (const [name, answers, status, results] of cases) {
      it(`${name} is ${status}`, async () => {
        assert.deepEqual((await give(two, ...answers)).outcome, { status, response: { results } });
      });
    }

    it('stops at the first without an answer', async () => {
      const timedOut = await give(two, { kind: 'timeout' });
      assert.equal(timedOut.outcome.status, 'timeout');
      assert.equal(timedOut.sent.length, 1);
      assert.equal((await give(two, { kind: 'closed', sent: false })).outcome.status, 'offline');
      const lost = await give(two, says({ status: 'Accepted' }), { kind: 'closed', sent: false });
      assert.equal(lost.outcome.status, 'unknown', 'the first one did reach the station');
      assert.equal((lost.outcome.response as { results: object[] }).results.length, 2);
    });
  });

  it('times go out in UTC, whatever their zone', async () => {
    const command: StationCommand = {
      action: 'reserve-now',
      payload: { reservationId: 1, evseId: 1, idToken: 'A', expiresAt: '2026-03-01T17:59:58+08:00' },
    };
    const { sent } = await give(command, says({ status: 'Accepted' }));
    assert.deepEqual(sent, [['ReserveNow', { reservationId: 1, connectorId: 1, idTag: 'A', expiryDate: AT }]]);
  });

  describe('interpret', () => {
    it('reads DataTransfer as a raw call, which is sent as it is', async () => {
      const payload = { vendorId: 'org.example', messageId: 'm', data: 'd' };
      const read = dialect.interpret('DataTransfer', payload);
      assert.deepEqual(read, {
        kind: 'raw',
        command: { action: 'raw-call', payload: { action: 'DataTransfer', payload } },
      });
      assert(read.kind === 'raw');
      const { outcome, sent } = await give(read.command, says({ status: 'UnknownVendorId' }));
      assert.deepEqual(sent, [['DataTransfer', payload]]);
      assert.equal(outcome.status, 'rejected');
    });

    it('knows what it does not know, and what only stations send', () => {
      assert.deepEqual(dialect.interpret('Dance', {}), { kind: 'unknown-action' });
      assert.deepEqual(dialect.interpret('constructor', {}), { kind: 'unknown-action' });
      assert.equal(dialect.interpret('StartTransaction', {}).kind, 'invalid');
    });

    it('says what is wrong with a payload', () => {
      assert.deepEqual(dialect.interpret('Reset', { type: 'Gentle' }), {
        kind: 'invalid',
        problems: ['/type must be equal to one of the allowed values'],
      });
      assert.deepEqual(dialect.interpret('ChangeConfiguration', { key: 7 }), {
        kind: 'invalid',
        problems: ['/value is missing', '/key must be string'],
      });
      assert.deepEqual(dialect.interpret('Reset', null), { kind: 'invalid', problems: ['the payload must be object'] });
      const narrow = dialect.interpret('UnlockConnector', { connectorId: 0 });
      assert(narrow.kind === 'invalid');
      assert.match(narrow.problems[0] ?? '', /^\/evseId /);
    });

    it('reads times without a zone as UTC, and a concurrent transaction in a local list as a valid card', () => {
      const list = dialect.interpret('SendLocalList', {
        listVersion: 1,
        updateType: 'Full',
        localAuthorizationList: [
          { idTag: 'A', idTagInfo: { status: 'ConcurrentTx', expiryDate: '2026-03-01T09:59:58' } },
        ],
      });
      assert.deepEqual(plain(list), {
        kind: 'command',
        command: {
          action: 'send-local-list',
          payload: {
            versionNumber: 1,
            updateType: 'Full',
            localAuthorizationList: [{ idToken: 'A', idTokenInfo: { status: 'Accepted', expiresAt: AT } }],
          },
        },
      });
    });

    it('reads back every charging profile and local list that can be sent', async () => {
      const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
      const time = fc
        .date({ min: new Date('2020-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
        .map((date) => date.toISOString());
      const tenths = fc.integer({ min: 0, max: 1_000_000 }).map((number) => number / 10);
      const count = fc.integer({ min: 0, max: 2_147_483_647 });
      const chargingProfile = fc.record({
        id: count,
        stackLevel: count,
        chargingProfilePurpose: fc.constantFrom(
          ...(['ChargingStationMaxProfile', 'TxDefaultProfile', 'TxProfile'] as const),
        ),
        chargingProfileKind: fc.constantFrom(...(['Absolute', 'Recurring', 'Relative'] as const)),
        recurrencyKind: maybe(fc.constantFrom(...(['Daily', 'Weekly'] as const))),
        validFrom: maybe(time),
        validTo: maybe(time),
        chargingSchedule: fc.record({
          duration: maybe(count),
          startSchedule: maybe(time),
          chargingRateUnit: fc.constantFrom(...(['W', 'A'] as const)),
          minChargingRate: maybe(tenths),
          chargingSchedulePeriod: fc.array(
            fc.record({ startPeriod: count, limit: tenths, numberPhases: maybe(fc.integer({ min: 1, max: 3 })) }),
            { minLength: 1, maxLength: 4 },
          ),
        }),
      });
      const tag = fc.string({ minLength: 1, maxLength: 20 });
      const commands: fc.Arbitrary<StationCommand> = fc.oneof(
        fc.record({
          action: fc.constant('set-charging-profile' as const),
          payload: fc.record({ evseId: fc.integer({ min: 0, max: 1000 }), chargingProfile }),
        }),
        fc.record({
          action: fc.constant('start-transaction' as const),
          payload: fc.record({
            evseId: maybe(fc.integer({ min: 1, max: 1000 })),
            idToken: tag,
            chargingProfile: maybe(chargingProfile),
          }),
        }),
        fc.record({
          action: fc.constant('send-local-list' as const),
          payload: fc.record({
            versionNumber: fc.integer({ min: 1 }),
            updateType: fc.constantFrom(...(['Full', 'Differential'] as const)),
            localAuthorizationList: maybe(
              fc.array(
                fc.record({
                  idToken: tag,
                  idTokenInfo: maybe(
                    fc.record({
                      status: fc.constantFrom(...(['Accepted', 'Blocked', 'Expired', 'Invalid'] as const)),
                      groupIdToken: maybe(tag),
                      expiresAt: maybe(time),
                    }),
                  ),
                }),
                { maxLength: 4 },
              ),
            ),
          }),
        }),
      );
      await fc.assert(
        fc.asyncProperty(commands, async (command) => {
          assert(command.action !== 'raw-call' && command.action !== 'show-cost');
          assert(COMMAND_PAYLOADS[command.action].safeParse(command.payload).success);
          const { sent } = await give(command, says({ status: 'Accepted' }));
          const [action, payload] = sent[0] ?? [];
          assert.deepEqual(plain(dialect.interpret(action as string, payload)), plain({ kind: 'command', command }));
        }),
        { numRuns: 200 },
      );
    });
  });
});
