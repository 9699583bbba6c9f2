import assert from 'node:assert/strict';
import { COMMAND_ACTIONS, COMMAND_PAYLOADS, type StationCommand } from '@voltpile/csms/contract/commands';
import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import { OCPP201_ACTIONS } from '@voltpile/ocpp/actions/ocpp201';
import type { CallOutcome } from '@voltpile/ocpp/rpc/types';
import { validate } from '@voltpile/ocpp/validator';
import fc from 'fast-check';
import type { Caller, OcppDialect } from '../dialect.ts';
import { PaperConversation } from '../testing/recording-port.ts';
import { createOcpp201Dialect } from './dialect.ts';

const AT = '2026-03-01T09:59:58.000Z';
const LATER = '2026-03-02T09:59:58.000Z';
const HASHES = { hashAlgorithm: 'SHA256', issuerNameHash: 'a', issuerKeyHash: 'b', serialNumber: 'c' };
const says = (payload: unknown): CallOutcome => ({ kind: 'result', payload });
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

let dialect: OcppDialect;

/** Executes a command against a station that gives the answers in turn; what is sent must keep to its schema. */
async function give(
  command: object,
  ...answers: CallOutcome[]
): Promise<{ outcome: CommandOutcome; sent: [action: string, payload: unknown][] }> {
  const sent: [string, unknown][] = [];
  const call: Caller = async (action, payload) => {
    assert.equal(validate('ocpp2.0.1', action, 'request', payload), null);
    sent.push([action, plain(payload)]);
    const answer = answers[sent.length - 1];
    assert(answer !== undefined, 'more calls than the test has answers');
    return answer;
  };
  const outcome = await dialect.execute(command as StationCommand, call, new PaperConversation());
  return { outcome, sent };
}

const profile = {
  id: 5,
  stackLevel: 1,
  chargingProfilePurpose: 'TxDefaultProfile',
  chargingProfileKind: 'Absolute',
  chargingSchedule: {
    duration: 3600,
    startSchedule: AT,
    chargingRateUnit: 'A',
    chargingSchedulePeriod: [{ startPeriod: 0, limit: 16.1, numberPhases: 3 }],
  },
};
const { chargingSchedule, ...rest } = profile;
const profile201 = { ...rest, chargingSchedule: [{ ...chargingSchedule, id: 5 }] };
const COMPONENT = { name: 'SampledDataCtrlr' };

/** Neutral command, the action that carries it, its payload, and an answer that means yes. */
const TWINS: readonly (readonly [
  command: { action: string; payload: object; [more: string]: unknown },
  action: string,
  payload: object,
  yes: object,
])[] = [
  [
    { action: 'cancel-reservation', payload: { reservationId: 4 } },
    'CancelReservation',
    { reservationId: 4 },
    { status: 'Accepted' },
  ],
  [
    { action: 'certificate-signed', payload: { certificateChain: 'PEM', certificateType: 'V2GCertificate' } },
    'CertificateSigned',
    { certificateChain: 'PEM', certificateType: 'V2GCertificate' },
    { status: 'Accepted' },
  ],
  [
    { action: 'change-availability', payload: { operationalStatus: 'Inoperative' } },
    'ChangeAvailability',
    { operationalStatus: 'Inoperative' },
    { status: 'Scheduled' },
  ],
  [
    { action: 'change-availability', payload: { evseId: 2, connectorId: 1, operationalStatus: 'Operative' } },
    'ChangeAvailability',
    { evse: { id: 2, connectorId: 1 }, operationalStatus: 'Operative' },
    { status: 'Accepted' },
  ],
  [{ action: 'clear-cache', payload: {} }, 'ClearCache', {}, { status: 'Accepted' }],
  [
    { action: 'clear-charging-profile', payload: { chargingProfileId: 5 } },
    'ClearChargingProfile',
    { chargingProfileId: 5 },
    { status: 'Accepted' },
  ],
  [
    { action: 'clear-charging-profile', payload: { evseId: 1, chargingProfilePurpose: 'TxProfile', stackLevel: 2 } },
    'ClearChargingProfile',
    { chargingProfileCriteria: { evseId: 1, chargingProfilePurpose: 'TxProfile', stackLevel: 2 } },
    { status: 'Accepted' },
  ],
  [
    { action: 'clear-variable-monitoring', payload: { ids: [1, 2] } },
    'ClearVariableMonitoring',
    { id: [1, 2] },
    {
      clearMonitoringResult: [
        { id: 1, status: 'Accepted' },
        { id: 2, status: 'NotFound' },
      ],
    },
  ],
  [
    { action: 'delete-certificate', payload: { certificateHashData: HASHES } },
    'DeleteCertificate',
    { certificateHashData: HASHES },
    { status: 'Accepted' },
  ],
  [
    { action: 'get-base-report', payload: { requestId: 7, reportBase: 'FullInventory' } },
    'GetBaseReport',
    { requestId: 7, reportBase: 'FullInventory' },
    { status: 'Accepted' },
  ],
  [
    {
      action: 'get-charging-profiles',
      payload: {
        requestId: 7,
        evseId: 1,
        chargingProfilePurpose: 'TxProfile',
        stackLevel: 0,
        chargingProfileIds: undefined,
        chargingLimitSource: ['CSO'],
      },
    },
    'GetChargingProfiles',
    {
      requestId: 7,
      evseId: 1,
      chargingProfile: { chargingProfilePurpose: 'TxProfile', stackLevel: 0, chargingLimitSource: ['CSO'] },
    },
    { status: 'NoProfiles' },
  ],
  [
    { action: 'get-composite-schedule', payload: { evseId: 1, durationSeconds: 60, chargingRateUnit: 'W' } },
    'GetCompositeSchedule',
    { evseId: 1, duration: 60, chargingRateUnit: 'W' },
    { status: 'Accepted' },
  ],
  [
    { action: 'get-installed-certificate-ids', payload: { certificateType: 'CentralSystemRootCertificate' } },
    'GetInstalledCertificateIds',
    { certificateType: ['CSMSRootCertificate'] },
    { status: 'NotFound' },
  ],
  [{ action: 'get-installed-certificate-ids', payload: {} }, 'GetInstalledCertificateIds', {}, { status: 'Accepted' }],
  [{ action: 'get-local-list-version', payload: {} }, 'GetLocalListVersion', {}, { versionNumber: 3 }],
  [
    {
      action: 'get-log',
      payload: {
        requestId: 7,
        logType: 'SecurityLog',
        location: 'https://127.0.0.1/l',
        oldest: AT,
        latest: LATER,
        retries: 2,
        retryIntervalSeconds: 60,
      },
    },
    'GetLog',
    {
      requestId: 7,
      logType: 'SecurityLog',
      log: { remoteLocation: 'https://127.0.0.1/l', oldestTimestamp: AT, latestTimestamp: LATER },
      retries: 2,
      retryInterval: 60,
    },
    { status: 'AcceptedCanceled' },
  ],
  [
    {
      action: 'get-monitoring-report',
      payload: {
        requestId: 7,
        monitoringCriteria: ['DeltaMonitoring'],
        componentVariables: [{ component: COMPONENT, variable: 'TxUpdatedInterval' }],
      },
    },
    'GetMonitoringReport',
    {
      requestId: 7,
      monitoringCriteria: ['DeltaMonitoring'],
      componentVariable: [{ component: COMPONENT, variable: { name: 'TxUpdatedInterval' } }],
    },
    { status: 'EmptyResultSet' },
  ],
  [
    {
      action: 'get-report',
      payload: {
        requestId: 7,
        componentCriteria: ['Problem'],
        componentVariables: [{ component: { name: 'EVSE', evseId: 1 } }],
      },
    },
    'GetReport',
    {
      requestId: 7,
      componentCriteria: ['Problem'],
      componentVariable: [{ component: { name: 'EVSE', evse: { id: 1 } } }],
    },
    { status: 'Accepted' },
  ],
  [{ action: 'get-transaction-status', payload: {} }, 'GetTransactionStatus', {}, { messagesInQueue: false }],
  [
    { action: 'get-transaction-status', payload: { transactionId: '' }, stationTransactionId: 'tx-1' },
    'GetTransactionStatus',
    { transactionId: 'tx-1' },
    { messagesInQueue: true, ongoingIndicator: true },
  ],
  [
    {
      action: 'get-variables',
      payload: { variables: [{ component: COMPONENT, variable: 'TxUpdatedInterval', attributeType: 'Target' }] },
    },
    'GetVariables',
    { getVariableData: [{ component: COMPONENT, variable: { name: 'TxUpdatedInterval' }, attributeType: 'Target' }] },
    {
      getVariableResult: [
        { attributeStatus: 'UnknownVariable', component: COMPONENT, variable: { name: 'TxUpdatedInterval' } },
      ],
    },
  ],
  [
    { action: 'install-certificate', payload: { certificateType: 'CentralSystemRootCertificate', certificate: 'PEM' } },
    'InstallCertificate',
    { certificateType: 'CSMSRootCertificate', certificate: 'PEM' },
    { status: 'Accepted' },
  ],
  [
    {
      action: 'reserve-now',
      payload: {
        reservationId: 4,
        evseId: 1,
        connectorType: 'cCCS2',
        idToken: 'CARD',
        idTokenType: 'ISO14443',
        groupIdToken: 'FAMILY',
        expiresAt: AT,
      },
    },
    'ReserveNow',
    {
      id: 4,
      evseId: 1,
      connectorType: 'cCCS2',
      idToken: { idToken: 'CARD', type: 'ISO14443' },
      groupIdToken: { idToken: 'FAMILY', type: 'Central' },
      expiryDateTime: AT,
    },
    { status: 'Accepted' },
  ],
  [
    { action: 'reset-station', payload: { type: 'OnIdle', evseId: 1 } },
    'Reset',
    { type: 'OnIdle', evseId: 1 },
    { status: 'Scheduled' },
  ],
  [
    {
      action: 'send-local-list',
      payload: {
        versionNumber: 3,
        updateType: 'Differential',
        localAuthorizationList: [
          {
            idToken: 'CARD',
            idTokenType: 'ISO14443',
            idTokenInfo: { status: 'Accepted', groupIdToken: 'FAMILY', expiresAt: AT },
          },
          { idToken: 'GONE', idTokenType: 'Central' },
        ],
      },
    },
    'SendLocalList',
    {
      versionNumber: 3,
      updateType: 'Differential',
      localAuthorizationList: [
        {
          idToken: { idToken: 'CARD', type: 'ISO14443' },
          idTokenInfo: {
            status: 'Accepted',
            groupIdToken: { idToken: 'FAMILY', type: 'Central' },
            cacheExpiryDateTime: AT,
          },
        },
        { idToken: { idToken: 'GONE', type: 'Central' } },
      ],
    },
    { status: 'Accepted' },
  ],
  [
    { action: 'set-charging-profile', payload: { evseId: 1, chargingProfile: profile } },
    'SetChargingProfile',
    { evseId: 1, chargingProfile: profile201 },
    { status: 'Accepted' },
  ],
  [
    {
      action: 'set-charging-profile',
      payload: { evseId: 1, chargingProfile: { ...profile, chargingProfilePurpose: 'TxProfile' } },
      stationTransactionId: 'tx-1',
    },
    'SetChargingProfile',
    { evseId: 1, chargingProfile: { ...profile201, chargingProfilePurpose: 'TxProfile', transactionId: 'tx-1' } },
    { status: 'Accepted' },
  ],
  [
    { action: 'set-monitoring-base', payload: { monitoringBase: 'All' } },
    'SetMonitoringBase',
    { monitoringBase: 'All' },
    { status: 'Accepted' },
  ],
  [
    { action: 'set-monitoring-level', payload: { severity: 4 } },
    'SetMonitoringLevel',
    { severity: 4 },
    { status: 'Accepted' },
  ],
  [
    {
      action: 'set-variable-monitoring',
      payload: {
        monitors: [
          { component: COMPONENT, variable: 'X', id: 3, type: 'Delta', value: 1.5, severity: 2, transaction: true },
        ],
      },
    },
    'SetVariableMonitoring',
    {
      setMonitoringData: [
        {
          component: COMPONENT,
          variable: { name: 'X' },
          id: 3,
          type: 'Delta',
          value: 1.5,
          severity: 2,
          transaction: true,
        },
      ],
    },
    {
      setMonitoringResult: [
        { status: 'Accepted', type: 'Delta', severity: 2, component: COMPONENT, variable: { name: 'X' }, id: 3 },
      ],
    },
  ],
  [
    { action: 'set-variables', payload: { variables: [{ component: COMPONENT, variable: 'X', value: '5' }] } },
    'SetVariables',
    { setVariableData: [{ component: COMPONENT, variable: { name: 'X' }, attributeValue: '5' }] },
    { setVariableResult: [{ attributeStatus: 'RebootRequired', component: COMPONENT, variable: { name: 'X' } }] },
  ],
  [
    {
      action: 'start-transaction',
      payload: { evseId: 1, idToken: 'CARD', idTokenType: 'eMAID', groupIdToken: 'FAMILY', chargingProfile: profile },
      remoteStartId: 9,
    },
    'RequestStartTransaction',
    {
      evseId: 1,
      remoteStartId: 9,
      idToken: { idToken: 'CARD', type: 'eMAID' },
      groupIdToken: { idToken: 'FAMILY', type: 'Central' },
      chargingProfile: profile201,
    },
    { status: 'Accepted' },
  ],
  [
    { action: 'stop-transaction', payload: { transactionId: '' }, stationTransactionId: 'tx-1' },
    'RequestStopTransaction',
    { transactionId: 'tx-1' },
    { status: 'Accepted' },
  ],
  [
    { action: 'trigger-message', payload: { requestedMessage: 'StatusNotification', evseId: 1, connectorId: 2 } },
    'TriggerMessage',
    { requestedMessage: 'StatusNotification', evse: { id: 1, connectorId: 2 } },
    { status: 'Accepted' },
  ],
  [
    { action: 'unlock-connector', payload: { evseId: 1, connectorId: 2 } },
    'UnlockConnector',
    { evseId: 1, connectorId: 2 },
    { status: 'Unlocked' },
  ],
  [
    {
      action: 'update-firmware',
      payload: {
        requestId: 8,
        location: 'https://127.0.0.1/f',
        retrieveAt: AT,
        installAt: LATER,
        retries: 3,
        retryIntervalSeconds: 5,
      },
    },
    'UpdateFirmware',
    {
      requestId: 8,
      retries: 3,
      retryInterval: 5,
      firmware: { location: 'https://127.0.0.1/f', retrieveDateTime: AT, installDateTime: LATER },
    },
    { status: 'Accepted' },
  ],
  [
    {
      action: 'update-signed-firmware',
      payload: {
        requestId: 8,
        location: 'https://127.0.0.1/f',
        retrieveAt: AT,
        signingCertificate: 'PEM',
        signature: 'SIG',
      },
    },
    'UpdateFirmware',
    {
      requestId: 8,
      firmware: { location: 'https://127.0.0.1/f', retrieveDateTime: AT, signingCertificate: 'PEM', signature: 'SIG' },
    },
    { status: 'AcceptedCanceled' },
  ],
];

/** What becomes of every word that a station may answer with. */
const STATUSES: Readonly<Record<string, Readonly<Record<string, CommandOutcome['status']>>>> = {
  CancelReservation: { Accepted: 'accepted', Rejected: 'rejected' },
  CertificateSigned: { Accepted: 'accepted', Rejected: 'rejected' },
  ChangeAvailability: { Accepted: 'accepted', Rejected: 'rejected', Scheduled: 'accepted' },
  ClearCache: { Accepted: 'accepted', Rejected: 'rejected' },
  ClearChargingProfile: { Accepted: 'accepted', Unknown: 'rejected' },
  DeleteCertificate: { Accepted: 'accepted', Failed: 'rejected', NotFound: 'rejected' },
  GetBaseReport: { Accepted: 'accepted', Rejected: 'rejected', NotSupported: 'rejected', EmptyResultSet: 'accepted' },
  GetChargingProfiles: { Accepted: 'accepted', NoProfiles: 'accepted' },
  GetCompositeSchedule: { Accepted: 'accepted', Rejected: 'rejected' },
  GetInstalledCertificateIds: { Accepted: 'accepted', NotFound: 'accepted' },
  GetLog: { Accepted: 'accepted', Rejected: 'rejected', AcceptedCanceled: 'accepted' },
  GetMonitoringReport: {
    Accepted: 'accepted',
    Rejected: 'rejected',
    NotSupported: 'rejected',
    EmptyResultSet: 'accepted',
  },
  GetReport: { Accepted: 'accepted', Rejected: 'rejected', NotSupported: 'rejected', EmptyResultSet: 'accepted' },
  InstallCertificate: { Accepted: 'accepted', Rejected: 'rejected', Failed: 'rejected' },
  RequestStartTransaction: { Accepted: 'accepted', Rejected: 'rejected' },
  RequestStopTransaction: { Accepted: 'accepted', Rejected: 'rejected' },
  ReserveNow: {
    Accepted: 'accepted',
    Faulted: 'rejected',
    Occupied: 'rejected',
    Rejected: 'rejected',
    Unavailable: 'rejected',
  },
  Reset: { Accepted: 'accepted', Rejected: 'rejected', Scheduled: 'accepted' },
  SendLocalList: { Accepted: 'accepted', Failed: 'rejected', VersionMismatch: 'rejected' },
  SetChargingProfile: { Accepted: 'accepted', Rejected: 'rejected' },
  SetMonitoringBase: {
    Accepted: 'accepted',
    Rejected: 'rejected',
    NotSupported: 'rejected',
    EmptyResultSet: 'rejected',
  },
  SetMonitoringLevel: { Accepted: 'accepted', Rejected: 'rejected' },
  TriggerMessage: { Accepted: 'accepted', Rejected: 'rejected', NotImplemented: 'rejected' },
  UnlockConnector: {
    Unlocked: 'accepted',
    UnlockFailed: 'rejected',
    OngoingAuthorizedTransaction: 'rejected',
    UnknownConnector: 'rejected',
  },
  UpdateFirmware: {
    Accepted: 'accepted',
    Rejected: 'rejected',
    AcceptedCanceled: 'accepted',
    InvalidCertificate: 'rejected',
    RevokedCertificate: 'rejected',
  },
};

/** Answers without a status of their own. */
const WITHOUT_STATUS = [
  'ClearVariableMonitoring',
  'GetLocalListVersion',
  'GetTransactionStatus',
  'GetVariables',
  'SetVariableMonitoring',
  'SetVariables',
];

/** Prices of piles that count by themselves are of other protocols. */
const CARRIED = COMMAND_ACTIONS.filter((action) => action !== 'apply-tariff');

/** Commands in the words of 1.6; read back, their action is another command. */
const ONE_WAY = ['extended-trigger-message', 'get-diagnostics'];

describe('OCPP 2.0.1 commands', () => {
  before(async () => {
    dialect = await createOcpp201Dialect();
  });

  it('carry every neutral command, and every action that we may send', () => {
    assert.deepEqual([...dialect.capabilities].sort(), [...CARRIED, 'raw-call', 'show-cost'].sort());
    for (const { action, direction } of OCPP201_ACTIONS) {
      const read = dialect.interpret(action, {});
      if (direction === 'from-station') {
        assert.deepEqual(read, { kind: 'invalid', problems: [`${action} is sent by stations only.`] });
      } else assert.notEqual(read.kind, 'unknown-action');
    }
    assert.deepEqual(dialect.interpret('StartTransaction', {}), { kind: 'unknown-action' });
  });

  it('are each in the table of this test', () => {
    const tested = new Set(TWINS.map(([command]) => command.action).concat(ONE_WAY));
    assert.deepEqual([...tested].sort(), [...CARRIED].sort());
  });

  for (const [command, action, payload, yes] of TWINS) {
    it(`${command.action} is ${action} ${JSON.stringify(payload).slice(0, 50)}, both ways`, async () => {
      if (!('stationTransactionId' in command)) {
        assert.ok(COMMAND_PAYLOADS[command.action as keyof typeof COMMAND_PAYLOADS].safeParse(command.payload).success);
      }
      const { outcome, sent } = await give(command, says(yes));
      assert.deepEqual(sent, [[action, payload]]);
      assert.equal(outcome.status, 'accepted');
      const read = dialect.interpret(action, payload);
      assert.equal(read.kind, 'command');
      assert.deepEqual(plain(read), plain({ kind: 'command', command }));
    });

    it(`${command.action} fails on garbage, and is unknown or timed out without an answer (${JSON.stringify(payload).slice(0, 30)})`, async () => {
      for (const garbage of [null, 5, [], { status: 17 }]) {
        const { outcome } = await give(command, says(garbage));
        assert.notEqual(outcome.status, 'accepted', JSON.stringify(garbage));
      }
      assert.equal((await give(command, { kind: 'timeout' })).outcome.status, 'timeout');
      assert.equal((await give(command, { kind: 'closed', sent: true })).outcome.status, 'unknown');
      assert.equal((await give(command, { kind: 'closed', sent: false })).outcome.status, 'offline');
      const error = { kind: 'error', code: 'InternalError', description: 'no', details: {} } as const;
      assert.equal((await give(command, error)).outcome.status, 'failed');
    });
  }

  it('the table of statuses holds every word of the schemas, and no other', () => {
    const actions = new Set(TWINS.map(([, action]) => action));
    assert.deepEqual([...actions].sort(), [...Object.keys(STATUSES), ...WITHOUT_STATUS].sort());
    const words = [...new Set(Object.values(STATUSES).flatMap((statuses) => Object.keys(statuses)))];
    for (const action of actions) {
      const valid = words.filter((status) => validate('ocpp2.0.1', action, 'response', { status }) === null);
      assert.deepEqual(valid.sort(), Object.keys(STATUSES[action] ?? {}).sort(), action);
    }
  });

  for (const [command, action] of TWINS) {
    for (const [status, expected] of Object.entries(STATUSES[action] ?? {})) {
      it(`${command.action}: ${status} is ${expected}, and the answer stays as it is`, async () => {
        const answer = { status, statusInfo: { reasonCode: 'Because' } };
        const { outcome } = await give(command, says(answer));
        assert.deepEqual([outcome.status, outcome.response], [expected, answer]);
      });
    }
  }

  it('take 1.6 words for triggers and diagnostics', async () => {
    const trigger = { action: 'extended-trigger-message', payload: { requestedMessage: 'SignChargePointCertificate' } };
    assert.deepEqual((await give(trigger, says({ status: 'Accepted' }))).sent, [
      ['TriggerMessage', { requestedMessage: 'SignChargingStationCertificate' }],
    ]);
    const diagnostics = { action: 'get-diagnostics', payload: { requestId: 3, location: 'https://127.0.0.1/d' } };
    const { outcome, sent } = await give(diagnostics, says({ status: 'Accepted', filename: 'd.tar' }));
    assert.deepEqual(sent, [
      ['GetLog', { requestId: 3, logType: 'DiagnosticsLog', log: { remoteLocation: 'https://127.0.0.1/d' } }],
    ]);
    assert.deepEqual(outcome.facts, { kind: 'upload', fileName: 'd.tar' });
  });

  it('say when there is nothing to report', async () => {
    for (const command of [
      { action: 'get-base-report', payload: { requestId: 7, reportBase: 'FullInventory' } },
      { action: 'get-report', payload: { requestId: 7 } },
      { action: 'get-monitoring-report', payload: { requestId: 7 } },
    ]) {
      const empty = await give(command, says({ status: 'EmptyResultSet' }));
      assert.deepEqual([empty.outcome.status, empty.outcome.facts], ['accepted', { kind: 'report-empty' }]);
      const accepted = await give(command, says({ status: 'Accepted' }));
      assert.equal(accepted.outcome.facts, undefined);
    }
    const profiles = { action: 'get-charging-profiles', payload: { requestId: 7, evseId: 1 } };
    const none = await give(profiles, says({ status: 'NoProfiles' }));
    assert.deepEqual([none.outcome.status, none.outcome.facts], ['accepted', { kind: 'report-empty' }]);
    assert.equal((await give(profiles, says({ status: 'Accepted' }))).outcome.facts, undefined);
  });

  describe('what cannot be sent fails before anything is sent', () => {
    const cases: [command: object, reason: RegExp][] = [
      [{ action: 'get-variables', payload: {} }, /get-base-report asks for all/],
      [{ action: 'get-variables', payload: { variables: [{ variable: 'X' }] } }, /component/],
      [{ action: 'set-variables', payload: { variables: [{ variable: 'X', value: '1' }] } }, /component/],
      [{ action: 'start-transaction', payload: { idToken: 'CARD' } }, /number/],
      [{ action: 'stop-transaction', payload: { transactionId: 'x' } }, /name/],
      [{ action: 'get-base-report', payload: { reportBase: 'FullInventory' } }, /number/],
      [{ action: 'change-availability', payload: { connectorId: 1, operationalStatus: 'Operative' } }, /EVSE/],
      [{ action: 'trigger-message', payload: { requestedMessage: 'MeterValues', connectorId: 1 } }, /EVSE/],
      // An action without a raw mapping must not leave under the name of another one.
      [{ action: 'raw-call', payload: { action: 'Dance', payload: { certificateChain: 'PEM' } } }, /cannot send Dance/],
      [{ action: 'raw-call', payload: { action: 'BootNotification', payload: {} } }, /cannot send BootNotification/],
      [
        { action: 'reserve-now', payload: { reservationId: 1, connectorType: 'cMagic', idToken: 'C', expiresAt: AT } },
        /connectorType/,
      ],
      [{ action: 'raw-call', payload: { action: 'CostUpdated', payload: { totalCost: 'much' } } }, /CostUpdated/],
    ];
    for (const [command, reason] of cases) {
      it(JSON.stringify(command), async () => {
        const { outcome, sent } = await give(command);
        assert.deepEqual([outcome.status, sent], ['failed', []]);
        assert.match((outcome.response as { message: string }).message, reason);
      });
    }
  });

  describe('raw calls', () => {
    it('carry the actions without a twin, as they are', async () => {
      const cost = { totalCost: 1.25, transactionId: 'tx-1' };
      const read = dialect.interpret('CostUpdated', cost);
      assert.deepEqual(read, {
        kind: 'raw',
        command: { action: 'raw-call', payload: { action: 'CostUpdated', payload: cost } },
      });
      const { outcome, sent } = await give((read as { command: object }).command, says({}));
      assert.deepEqual([outcome.status, sent], ['accepted', [['CostUpdated', cost]]]);
      const unpublish = { action: 'raw-call', payload: { action: 'UnpublishFirmware', payload: { checksum: 'c' } } };
      assert.equal((await give(unpublish, says({ status: 'NoFirmware' }))).outcome.status, 'rejected');
    });

    it('carry what a twin cannot say in full', () => {
      const lossy: [string, object][] = [
        ['GetInstalledCertificateIds', { certificateType: ['V2GRootCertificate', 'MORootCertificate'] }],
        [
          'SetChargingProfile',
          {
            evseId: 1,
            chargingProfile: {
              ...profile201,
              chargingSchedule: [...profile201.chargingSchedule, ...profile201.chargingSchedule],
            },
          },
        ],
        [
          'ReserveNow',
          {
            id: 1,
            expiryDateTime: AT,
            idToken: { idToken: 'C', type: 'eMAID', additionalInfo: [{ additionalIdToken: 'x', type: 'y' }] },
          },
        ],
        [
          'SendLocalList',
          {
            versionNumber: 1,
            updateType: 'Full',
            localAuthorizationList: [
              { idToken: { idToken: 'C', type: 'Central' }, idTokenInfo: { status: 'NoCredit' } },
            ],
          },
        ],
      ];
      for (const [action, payload] of lossy) {
        assert.deepEqual(dialect.interpret(action, payload), {
          kind: 'raw',
          command: { action: 'raw-call', payload: { action, payload } },
        });
      }
      // Times in another zone and custom data are no loss.
      const log = {
        requestId: 7,
        logType: 'SecurityLog',
        customData: { vendorId: 'x' },
        log: { remoteLocation: 'https://127.0.0.1/l', oldestTimestamp: '2026-03-01T10:59:58+01:00' },
      };
      assert.equal(dialect.interpret('GetLog', log).kind, 'command');
    });
  });

  it('set variables by the neutral command only, so that no password goes by the domain', () => {
    const named = (name: string) => ({ component: COMPONENT, variable: { name }, attributeValue: '0123456789abcdef' });
    const setVariableData = Array.from({ length: 201 }, (_, index) =>
      named(index === 0 ? 'BasicAuthPassword' : `V${index}`),
    );
    const tooMany = dialect.interpret('SetVariables', { setVariableData });
    assert.equal(tooMany.kind, 'invalid');
    const some = dialect.interpret('SetVariables', {
      setVariableData: setVariableData.slice(0, 50),
      customData: { vendorId: 'x' },
    });
    assert.equal(some.kind, 'command');
    const raw = { action: 'raw-call', payload: { action: 'SetVariables', payload: { setVariableData } } };
    return give(raw).then(({ outcome, sent }) => assert.deepEqual([outcome.status, sent], ['failed', []]));
  });

  describe('give a station the name of its transaction back as it came', () => {
    for (const length of [38, 300]) {
      const name = 'x'.repeat(length);
      const [cost, message] = [
        { totalCost: 1.25, transactionId: name },
        {
          message: { id: 1, priority: 'NormalCycle', message: { format: 'UTF8', content: 'c' }, transactionId: name },
        },
      ];
      const commands: [action: string, payload: object, answer: object][] = [
        ['RequestStopTransaction', { transactionId: name }, { status: 'Accepted' }],
        ['GetTransactionStatus', { transactionId: name }, { messagesInQueue: true }],
        [
          'SetChargingProfile',
          { evseId: 1, chargingProfile: { ...profile201, chargingProfilePurpose: 'TxProfile', transactionId: name } },
          { status: 'Accepted' },
        ],
        ['CostUpdated', cost, {}],
        ['SetDisplayMessage', message, { status: 'Accepted' }],
      ];
      for (const [action, payload, answer] of commands) {
        it(`${action}, of ${length} characters`, async () => {
          const read = dialect.interpret(action, payload);
          assert(read.kind === 'command' || read.kind === 'raw');
          const sent: unknown[] = [];
          const outcome = await dialect.execute(
            read.command,
            async (...call) => {
              sent.push(plain(call));
              return says(answer);
            },
            new PaperConversation(),
          );
          assert.deepEqual([outcome.status, sent], ['accepted', [[action, payload]]]);
        });
      }
    }

    it('which excuses nothing else', async () => {
      for (const payload of [{ transactionId: 7 }, {}, { transactionId: 'x'.repeat(38), more: 1 }, [], null]) {
        assert.equal(dialect.interpret('RequestStopTransaction', payload).kind, 'invalid');
      }
      const long = {
        evseId: 1,
        chargingProfile: { ...profile, chargingProfilePurpose: 'TxProfile', chargingProfileKind: 'Odd' },
      };
      const command = { action: 'set-charging-profile', payload: long, stationTransactionId: 'x'.repeat(38) };
      const { outcome, sent } = await give(command);
      assert.deepEqual([outcome.status, sent], ['failed', []]);
    });
  });

  it('keep the number of a schedule', async () => {
    const own = { ...profile201, chargingSchedule: profile201.chargingSchedule.map((each) => ({ ...each, id: 77 })) };
    const payload = { evseId: 1, chargingProfile: own };
    const read = dialect.interpret('SetChargingProfile', payload);
    assert(read.kind === 'command');
    const { sent } = await give(read.command, says({ status: 'Accepted' }));
    assert.deepEqual(sent, [['SetChargingProfile', payload]]);
  });

  it('read back every profile, list and set of names that can be sent', async () => {
    const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    const text = fc.string({ minLength: 1, maxLength: 36 });
    const name = fc.string({ minLength: 1, maxLength: 50 });
    const time = fc
      .date({ min: new Date('2020-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString());
    const count = fc.integer({ min: 0, max: 2_147_483_647 });
    const limit = fc.integer({ min: 0, max: 1_000_000 }).map((number) => number / 10);
    const type = fc.constantFrom('Central', 'eMAID', 'ISO14443', 'KeyCode', 'Local');
    const place = fc.integer({ min: 0, max: 1000 });
    const component = fc
      .record({ name, instance: maybe(name), evseId: maybe(place), connectorId: maybe(place) })
      .map(({ connectorId, ...rest }) => (rest.evseId === undefined ? rest : { ...rest, connectorId }));
    const attributeType = maybe(fc.constantFrom('Actual', 'Target', 'MinSet', 'MaxSet'));
    const named = { component, variable: name, instance: maybe(name), attributeType };
    const chargingProfile = fc.record({
      id: count,
      stackLevel: count,
      chargingProfilePurpose: fc.constantFrom('ChargingStationMaxProfile', 'TxDefaultProfile', 'TxProfile'),
      chargingProfileKind: fc.constantFrom('Absolute', 'Recurring', 'Relative'),
      recurrencyKind: maybe(fc.constantFrom('Daily', 'Weekly')),
      validFrom: maybe(time),
      validTo: maybe(time),
      chargingSchedule: fc.record({
        duration: maybe(count),
        startSchedule: maybe(time),
        chargingRateUnit: fc.constantFrom('W', 'A'),
        minChargingRate: maybe(limit),
        chargingSchedulePeriod: fc.array(
          fc.record({ startPeriod: count, limit, numberPhases: maybe(fc.integer({ min: 1, max: 3 })) }),
          { minLength: 1, maxLength: 4 },
        ),
      }),
    });
    const commands = fc.oneof(
      fc.record({
        action: fc.constant('set-charging-profile'),
        payload: fc.record({ evseId: place, chargingProfile }),
      }),
      fc.record({
        action: fc.constant('start-transaction'),
        payload: fc.record({
          evseId: maybe(fc.integer({ min: 1, max: 1000 })),
          idToken: text,
          idTokenType: type,
          groupIdToken: maybe(text),
          chargingProfile: maybe(chargingProfile),
        }),
        remoteStartId: count,
      }),
      fc.record({
        action: fc.constant('send-local-list'),
        payload: fc.record({
          versionNumber: fc.integer({ min: 1, max: 2_147_483_647 }),
          updateType: fc.constantFrom('Full', 'Differential'),
          localAuthorizationList: maybe(
            fc.array(
              fc.record({
                idToken: text,
                idTokenType: type,
                idTokenInfo: maybe(
                  fc.record({
                    status: fc.constantFrom('Accepted', 'Blocked', 'Expired', 'Invalid'),
                    groupIdToken: maybe(text),
                    expiresAt: maybe(time),
                  }),
                ),
              }),
              { minLength: 1, maxLength: 4 },
            ),
          ),
        }),
      }),
      fc.record({
        action: fc.constant('get-variables'),
        payload: fc.record({ variables: fc.array(fc.record(named), { minLength: 1, maxLength: 9 }) }),
      }),
      fc.record({
        action: fc.constant('set-variables'),
        payload: fc.record({
          variables: fc.array(fc.record({ ...named, value: fc.string({ maxLength: 100 }) }), {
            minLength: 1,
            maxLength: 9,
          }),
        }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(commands, async (command) => {
        assert(COMMAND_PAYLOADS[command.action as keyof typeof COMMAND_PAYLOADS].safeParse(command.payload).success);
        const { sent } = await give(command, says({ status: 'Accepted' }));
        const [action, payload] = sent[0] ?? [];
        assert.deepEqual(plain(dialect.interpret(action as string, payload)), plain({ kind: 'command', command }));
      }),
      { numRuns: 300 },
    );
  });

  describe('variables in parts', () => {
    const variables = Array.from({ length: 5 }, (_, index) => ({
      component: COMPONENT,
      variable: `V${index}`,
      value: String(index),
    }));
    const setResult = (names: string[], status = 'Accepted') =>
      says({
        setVariableResult: names.map((name) => ({ attributeStatus: status, component: COMPONENT, variable: { name } })),
      });

    it('are sent as many at a time as the station takes', async () => {
      const command = { action: 'set-variables', payload: { variables }, itemsPerMessage: 2 };
      const answers = [
        setResult(['V0', 'V1']),
        setResult(['V2', 'V3'], 'RebootRequired'),
        setResult(['V4'], 'Rejected'),
      ];
      const { outcome, sent } = await give(command, ...answers);
      assert.deepEqual(
        sent.map(([, payload]) => (payload as { setVariableData: unknown[] }).setVariableData.length),
        [2, 2, 1],
      );
      assert.equal(outcome.status, 'rejected');
      const { facts } = outcome;
      assert.equal(facts?.kind, 'variables-set');
      assert.deepEqual(
        facts?.kind === 'variables-set' &&
          facts.results.map(({ variable, value, status }) => [variable.name, value, status]),
        [
          ['V0', '0', 'Accepted'],
          ['V1', '1', 'Accepted'],
          ['V2', '2', 'RebootRequired'],
          ['V3', '3', 'RebootRequired'],
          ['V4', '4', 'Rejected'],
        ],
      );
      const response = outcome.response as { setVariableResult: unknown[] };
      assert.equal(response.setVariableResult.length, 5);
    });

    it('go on after a part that is refused as a whole', async () => {
      const command = { action: 'set-variables', payload: { variables }, itemsPerMessage: 3 };
      const error = { kind: 'error', code: 'InternalError', description: 'no', details: {} } as const;
      const { outcome, sent } = await give(command, error, setResult(['V3', 'V4']));
      assert.equal(sent.length, 2);
      assert.equal(outcome.status, 'failed');
      const { facts } = outcome;
      assert.deepEqual(
        facts?.kind === 'variables-set' && facts.results.map(({ variable, value }) => [variable.name, value]),
        [
          ['V3', '3'],
          ['V4', '4'],
        ],
      );
      const response = outcome.response as { error: string; setVariableResult: unknown[] };
      assert.deepEqual([response.error, response.setVariableResult.length], ['InternalError', 2]);
    });

    it('are never endless, whatever limit a station tells', async () => {
      for (const itemsPerMessage of [0, -1, Number.NaN]) {
        const { outcome, sent } = await give(
          { action: 'set-variables', payload: { variables }, itemsPerMessage },
          setResult(variables.map(({ variable }) => variable)),
        );
        assert.deepEqual([outcome.status, sent.length], ['accepted', 1]);
      }
    });

    it('fail when the station answers for fewer than it was asked about', async () => {
      const monitors = variables.map(({ component, variable }) => ({
        component,
        variable,
        type: 'Delta',
        value: 1,
        severity: 5,
      }));
      const shorts: [command: object, answer: object][] = [
        [{ action: 'set-variables', payload: { variables } }, { setVariableResult: [] }],
        [
          { action: 'set-variables', payload: { variables } },
          { setVariableResult: [{ attributeStatus: 'Accepted', component: COMPONENT, variable: { name: 'V0' } }] },
        ],
        [
          { action: 'get-variables', payload: { variables: variables.map(({ value: _, ...named }) => named) } },
          { getVariableResult: [] },
        ],
        [{ action: 'set-variable-monitoring', payload: { monitors } }, { setMonitoringResult: [] }],
        [{ action: 'clear-variable-monitoring', payload: { ids: [1, 2] } }, { clearMonitoringResult: [] }],
      ];
      for (const [command, answer] of shorts) {
        const { outcome } = await give(command, says(answer));
        assert.deepEqual([outcome.status, outcome.response], ['failed', answer]);
      }
    });

    it('give each result the value that was sent under its full name', async () => {
      const set = (value: string, component: object, more: object = {}) => ({
        component: { name: 'EVSE', ...component },
        variable: 'Power',
        value,
        ...more,
      });
      const result = (component: object, more: object = {}) => ({
        attributeStatus: 'Accepted',
        component: { name: 'evse', ...component },
        variable: { name: 'POWER' },
        ...more,
      });
      const valuesOf = async (sent: object[], results: object[]) => {
        const { outcome } = await give(
          { action: 'set-variables', payload: { variables: sent } },
          says({ setVariableResult: results }),
        );
        const { facts } = outcome;
        assert(facts?.kind === 'variables-set');
        return facts.results.map(({ component, attributeType, value }) => [component.evseId, attributeType, value]);
      };
      // In another order than asked.
      assert.deepEqual(
        await valuesOf(
          [
            set('one', { evseId: 1 }),
            set('two', { evseId: 2 }),
            set('max', { evseId: 2 }, { attributeType: 'MaxSet' }),
          ],
          [
            result({ evse: { id: 2 } }, { attributeType: 'MaxSet' }),
            result({ evse: { id: 2 } }),
            result({ evse: { id: 1 } }),
          ],
        ),
        [
          [2, 'MaxSet', 'max'],
          [2, 'Actual', 'two'],
          [1, 'Actual', 'one'],
        ],
      );
      // The station leaves the EVSE and the attribute out: its place tells.
      assert.deepEqual(
        await valuesOf(
          [set('one', { evseId: 1 }), set('two', { evseId: 2 }, { attributeType: 'Target' })],
          [result({}), result({})],
        ),
        [
          [1, 'Actual', 'one'],
          [2, 'Target', 'two'],
        ],
      );
      // It answers for something that was not asked.
      assert.deepEqual(await valuesOf([set('one', { evseId: 1 })], [result({ evse: { id: 3 } })]), []);
    });

    it('end with the part that gets no answer', async () => {
      const command = {
        action: 'get-variables',
        payload: { variables: variables.map(({ value: _, ...named }) => named) },
        itemsPerMessage: 2,
      };
      const first = says({
        getVariableResult: [
          { attributeStatus: 'Accepted', attributeValue: '60', component: COMPONENT, variable: { name: 'V0' } },
          { attributeStatus: 'UnknownVariable', component: COMPONENT, variable: { name: 'V1' } },
        ],
      });
      const { outcome, sent } = await give(command, first, { kind: 'timeout' });
      assert.equal(sent.length, 2);
      assert.equal(outcome.status, 'timeout');
      assert.deepEqual(outcome.facts, {
        kind: 'variables',
        variables: [{ component: COMPONENT, variable: { name: 'V0' }, attributes: [{ type: 'Actual', value: '60' }] }],
        unknown: [{ component: COMPONENT, variable: { name: 'V1' } }],
      });
    });
  });
});
