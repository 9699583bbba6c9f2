import assert from 'node:assert/strict';
import type { IdTokenInfo, TransactionReport } from '@voltpile/csms/contract/station-port';
import { FakeClock, instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { OCPP201_ACTIONS } from '@voltpile/ocpp/actions/ocpp201';
import type { CallReply } from '@voltpile/ocpp/rpc/types';
import { validate } from '@voltpile/ocpp/validator';
import type { OcppDialect } from '../dialect.ts';
import { callOf, RECEIVED_AT, RecordingPort } from '../testing/recording-port.ts';
import { createOcpp201Dialect } from './dialect.ts';
import { MESSAGES } from './messages.ts';

const AT = '2026-03-01T09:59:58.000Z';
const COMPONENT = { name: 'EVSE' };
const VARIABLE = { name: 'Power' };
const PART = { requestId: 7, seqNo: 0, generatedAt: AT };
const EVENT = {
  eventId: 9,
  timestamp: AT,
  trigger: 'Delta',
  actualValue: 'true',
  component: COMPONENT,
  variable: VARIABLE,
  eventNotificationType: 'HardWiredNotification',
};
const SCHEDULE = { id: 1, chargingRateUnit: 'W', chargingSchedulePeriod: [{ startPeriod: 0, limit: 5 }] };
const PROFILE = {
  id: 5,
  stackLevel: 0,
  chargingProfilePurpose: 'TxProfile',
  chargingProfileKind: 'Relative',
  chargingSchedule: [SCHEDULE],
};
const HASHES = {
  hashAlgorithm: 'SHA256',
  issuerNameHash: 'a',
  issuerKeyHash: 'b',
  serialNumber: 'c',
  responderURL: 'http://127.0.0.1/',
};
/** What a BootNotification need not say. */
const NO_FACTS = {
  firmwareVersion: null,
  iccid: null,
  imsi: null,
  meterSerialNumber: null,
  meterType: null,
  serialNumber: null,
};
const ACCEPTED: IdTokenInfo = { status: 'Accepted', groupIdToken: null, expiresAt: null };

/** Deeper than a stack. */
const DEEP = 20_000;
const deepText = `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`;
const deepValue = (): unknown => JSON.parse(deepText);

let dialect: OcppDialect;

/** Hands a message to the dialect; every result must keep to the schema of its answer. */
async function say(action: string, payload: unknown, port = new RecordingPort(), lenient = false) {
  const reply = await dialect.handleCall(callOf(action, payload), port.context(lenient));
  if (reply.kind === 'result') assert.equal(validate('ocpp2.0.1', action, 'response', reply.payload), null);
  return { reply, port };
}

/** The same for a payload that only a text can hold. */
async function sayText(action: string, payloadText: string, port = new RecordingPort(), lenient = false) {
  const frame = `[2,"message-1","${action}",${payloadText}]`;
  const payload = (JSON.parse(frame) as unknown[])[3];
  const reply = await dialect.handleCall({ messageId: 'message-1', action, payload, frame }, port.context(lenient));
  return { reply, port };
}

const result = (payload: object): CallReply => ({ kind: 'result', payload });
const codeOf = (reply: CallReply) => (reply.kind === 'error' ? reply.code : reply.kind);
const oddities = (port: RecordingPort) => (port.told as { origin: { oddities?: string[] } }).origin.oddities;

describe('odd and invalid OCPP 2.0.1 messages', () => {
  before(async () => {
    dialect = await createOcpp201Dialect({ clock: new FakeClock('2026-03-01T10:00:01Z') });
  });

  describe('that break their schema are refused', () => {
    const broken: [action: string, payload: unknown, code: string, description: string][] = [
      [
        'Authorize',
        { idToken: { idToken: 7, type: 'Local' } },
        'TypeConstraintViolation',
        '/idToken/idToken must be string',
      ],
      [
        'BootNotification',
        { chargingStation: { model: 'M', vendorName: 'V' } },
        'OccurrenceConstraintViolation',
        '/reason is missing',
      ],
      [
        'ClearedChargingLimit',
        { chargingLimitSource: 'Moon' },
        'PropertyConstraintViolation',
        '/chargingLimitSource must be equal to one of the allowed values',
      ],
      ['DataTransfer', {}, 'OccurrenceConstraintViolation', '/vendorId is missing'],
      [
        'FirmwareStatusNotification',
        { status: 'Melting' },
        'PropertyConstraintViolation',
        '/status must be equal to one of the allowed values',
      ],
      [
        'Get15118EVCertificate',
        { action: 'Install', exiRequest: 'e' },
        'OccurrenceConstraintViolation',
        '/iso15118SchemaVersion is missing',
      ],
      [
        'GetCertificateStatus',
        { ocspRequestData: { ...HASHES, serialNumber: 1 } },
        'TypeConstraintViolation',
        '/ocspRequestData/serialNumber must be string',
      ],
      ['Heartbeat', { secret: 1 }, 'FormatViolation', 'the payload must NOT have additional properties'],
      [
        'LogStatusNotification',
        { status: 'Uploaded', requestId: '7' },
        'TypeConstraintViolation',
        '/requestId must be integer',
      ],
      [
        'NotifyChargingLimit',
        { chargingLimit: {} },
        'OccurrenceConstraintViolation',
        '/chargingLimit/chargingLimitSource is missing',
      ],
      ['NotifyCustomerInformation', { ...PART, data: null }, 'TypeConstraintViolation', '/data must be string'],
      ['NotifyDisplayMessages', { requestId: 1.5 }, 'TypeConstraintViolation', '/requestId must be integer'],
      [
        'NotifyEVChargingNeeds',
        { evseId: 1, chargingNeeds: {} },
        'OccurrenceConstraintViolation',
        '/chargingNeeds/requestedEnergyTransfer is missing',
      ],
      [
        'NotifyEVChargingSchedule',
        { evseId: 1, timeBase: 'soon', chargingSchedule: SCHEDULE },
        'PropertyConstraintViolation',
        '/timeBase must match format "date-time"',
      ],
      [
        'NotifyEvent',
        { generatedAt: AT, seqNo: 0, eventData: [] },
        'OccurrenceConstraintViolation',
        '/eventData must NOT have fewer than 1 items',
      ],
      [
        'NotifyMonitoringReport',
        { requestId: 1, seqNo: 0 },
        'OccurrenceConstraintViolation',
        '/generatedAt is missing',
      ],
      ['NotifyReport', { ...PART, reportData: {} }, 'TypeConstraintViolation', '/reportData must be array'],
      [
        'PublishFirmwareStatusNotification',
        { status: 'Published', location: [] },
        'OccurrenceConstraintViolation',
        '/location must NOT have fewer than 1 items',
      ],
      [
        'ReportChargingProfiles',
        { requestId: 1, chargingLimitSource: 'EMS', evseId: 1, chargingProfile: [] },
        'OccurrenceConstraintViolation',
        '/chargingProfile must NOT have fewer than 1 items',
      ],
      [
        'ReservationStatusUpdate',
        { reservationId: 1, reservationUpdateStatus: 'Used' },
        'PropertyConstraintViolation',
        '/reservationUpdateStatus must be equal to one of the allowed values',
      ],
      [
        'SecurityEventNotification',
        { type: 'x'.repeat(51), timestamp: AT },
        'PropertyConstraintViolation',
        '/type must NOT have more than 50 characters',
      ],
      ['SignCertificate', { csr: 7 }, 'TypeConstraintViolation', '/csr must be string'],
      ['StatusNotification', null, 'FormatViolation', 'the payload must be object'],
    ];

    it('of every message that is not about money', () => {
      const refusable = MESSAGES.filter(({ isTransactional }) => !isTransactional).map(({ action }) => action);
      assert.deepEqual(
        broken.map(([action]) => action),
        [...refusable].sort(),
      );
      assert.equal(
        broken.length + dialect.transactionActions.size,
        OCPP201_ACTIONS.filter(({ direction }) => direction !== 'to-station').length,
      );
    });

    for (const [action, payload, code, description] of broken) {
      it(`${action} with ${code}: ${description}`, async () => {
        const { reply, port } = await say(action, payload);
        assert.deepEqual(reply, { kind: 'error', code, description });
        assert.deepEqual(port.calls, []);
      });
    }

    it('and the refusal holds nothing of the payload', async () => {
      const secret = 'top-secret';
      for (const { action } of MESSAGES.filter(({ isTransactional }) => !isTransactional)) {
        for (const payload of [
          { [secret]: secret },
          secret,
          [secret],
          { status: secret, idToken: [secret], csr: {} },
        ]) {
          assert.ok(!JSON.stringify((await say(action, payload)).reply).includes(secret));
        }
      }
    });
  });

  it('are taken and flagged when the station’s setting is lenient', async () => {
    const cases: [action: string, payload: unknown, method: string, report: object][] = [
      ['Authorize', { idToken: { idToken: 1234 } }, 'authorize', { idToken: { value: '1234' } }],
      [
        'BootNotification',
        { reason: 'PowerUp', chargingStation: { vendorName: 'V', model: 'A model of more than 20 characters' } },
        'booted',
        { ...NO_FACTS, reason: 'PowerUp', vendor: 'V', model: 'A model of more than 20 characters' },
      ],
      [
        'StatusNotification',
        { timestamp: AT, connectorStatus: 'Available', evseId: 1, connectorId: 1, firmware: 'of its own mind' },
        'connectorStatusChanged',
        {
          evseId: 1,
          connectorId: 1,
          status: 'Available',
          detail: 'Available',
          timestamp: { text: AT, at: instant(Date.parse(AT)) },
        },
      ],
      [
        'ClearedChargingLimit',
        { chargingLimitSource: 'Moon', evseId: '1' },
        'chargingLimitChanged',
        { source: 'Moon', evseId: 1, cleared: true },
      ],
      ['DataTransfer', { vendorId: 'v', data: null, more: 1 }, 'dataTransferred', { vendorId: 'v' }],
      [
        'FirmwareStatusNotification',
        { status: 'Melting', requestId: '7' },
        'firmwareStatusChanged',
        { status: 'Melting', requestId: 7 },
      ],
      ['LogStatusNotification', { status: 'Lost', requestId: null }, 'logStatusChanged', { status: 'Lost' }],
      [
        'NotifyChargingLimit',
        { chargingLimit: { chargingLimitSource: 'Moon', isGridCritical: 'yes' }, chargingSchedule: SCHEDULE },
        'chargingLimitChanged',
        { source: 'Moon', cleared: false, schedules: [SCHEDULE] },
      ],
      ['NotifyEVChargingNeeds', { evseId: '2' }, 'chargingNeedsReported', { evseId: 2, needs: {} }],
      [
        'NotifyEVChargingSchedule',
        { evseId: 1, timeBase: 'soon' },
        'chargingScheduleReported',
        { evseId: 1, timeBase: { text: 'soon', at: null }, schedule: {} },
      ],
      [
        'NotifyReport',
        {
          requestId: '7',
          tbc: 'yes',
          reportData: {
            component: COMPONENT,
            variable: VARIABLE,
            variableAttribute: { type: 'Odd', mutability: 'Odd', value: 5 },
          },
        },
        'deviceReported',
        {
          part: { requestId: 7, sequenceNumber: 0, generatedAt: { text: '', at: null }, toBeContinued: false },
          variables: [
            {
              component: COMPONENT,
              variable: VARIABLE,
              attributes: [{ type: 'Actual', value: '5', mutability: 'ReadWrite', persistent: false, constant: false }],
            },
          ],
        },
      ],
      [
        'PublishFirmwareStatusNotification',
        { status: 'Odd', location: 'x' },
        'firmwareStatusChanged',
        { status: 'Odd' },
      ],
      [
        'ReservationStatusUpdate',
        { reservationId: '4', reservationUpdateStatus: 'Removed' },
        'reservationEnded',
        { reservationId: 4, status: 'Removed' },
      ],
      [
        'SecurityEventNotification',
        { type: 'x'.repeat(60) },
        'securityEventReported',
        { type: 'x'.repeat(60), timestamp: { text: '', at: null } },
      ],
      [
        'SignCertificate',
        { csr: 'PEM', certificateType: 'Odd' },
        'certificateRequested',
        { csr: 'PEM', use: 'ChargingStationCertificate' },
      ],
    ];
    for (const [action, payload, method, report] of cases) {
      const { reply, port } = await say(action, payload, new RecordingPort(), true);
      assert.equal(reply.kind, 'result', action);
      const [called, told] = port.calls[0] as [string, { origin: { oddities: string[] } }];
      const { origin, ...rest } = told;
      assert.equal(called, method);
      assert.deepEqual(rest, report, action);
      assert.ok(
        origin.oddities.some((each) => each.startsWith('schema:')),
        action,
      );
    }
  });

  it('are refused all the same when they say nothing', async () => {
    for (const [action, payload, code] of [
      ['Authorize', { idToken: { type: 'Local' } }, 'OccurrenceConstraintViolation'],
      ['ClearedChargingLimit', {}, 'OccurrenceConstraintViolation'],
      ['DataTransfer', { vendorId: '' }, 'PropertyConstraintViolation'],
      ['FirmwareStatusNotification', {}, 'OccurrenceConstraintViolation'],
      ['Get15118EVCertificate', {}, 'OccurrenceConstraintViolation'],
      ['LogStatusNotification', null, 'FormatViolation'],
      ['NotifyChargingLimit', {}, 'OccurrenceConstraintViolation'],
      ['NotifyCustomerInformation', { data: 'x' }, 'OccurrenceConstraintViolation'],
      ['NotifyDisplayMessages', {}, 'OccurrenceConstraintViolation'],
      [
        'NotifyEVChargingNeeds',
        { evseId: 0, chargingNeeds: { requestedEnergyTransfer: 'DC' } },
        'PropertyConstraintViolation',
      ],
      [
        'NotifyEVChargingSchedule',
        { evseId: 0, timeBase: AT, chargingSchedule: SCHEDULE },
        'PropertyConstraintViolation',
      ],
      ['NotifyEvent', { ...PART, eventData: [{ ...EVENT, variable: {} }] }, 'FormatViolation'],
      ['NotifyMonitoringReport', { seqNo: 0, generatedAt: AT }, 'OccurrenceConstraintViolation'],
      ['NotifyReport', { seqNo: 0, generatedAt: AT }, 'OccurrenceConstraintViolation'],
      ['PublishFirmwareStatusNotification', {}, 'OccurrenceConstraintViolation'],
      [
        'ReportChargingProfiles',
        { requestId: 1, chargingLimitSource: 'EMS', evseId: 1001, chargingProfile: [PROFILE] },
        'PropertyConstraintViolation',
      ],
      [
        'ReservationStatusUpdate',
        { reservationId: -1, reservationUpdateStatus: 'Expired' },
        'PropertyConstraintViolation',
      ],
      ['SecurityEventNotification', {}, 'OccurrenceConstraintViolation'],
      ['SignCertificate', { csr: '' }, 'PropertyConstraintViolation'],
      [
        'StatusNotification',
        { timestamp: AT, connectorStatus: 'Available', evseId: 1001, connectorId: 1 },
        'PropertyConstraintViolation',
      ],
    ] as const) {
      const { reply, port } = await say(action, payload, new RecordingPort(), true);
      assert.equal(codeOf(reply), code, action);
      assert.deepEqual(port.calls, [], action);
    }
  });

  describe('parts of a report that do not say what they are about', () => {
    const nameless = { component: { name: '' }, variable: VARIABLE };
    it('are left out, and flagged', async () => {
      const event = await say('NotifyEvent', {
        generatedAt: AT,
        seqNo: 0,
        eventData: [EVENT, { ...EVENT, ...nameless }],
      });
      assert.equal((event.port.told as { events: object[] }).events.length, 1);
      assert.deepEqual(oddities(event.port), ['unreadable:/eventData']);
      const item = { ...nameless, variableAttribute: [{ value: '1' }] };
      const report = await say('NotifyReport', {
        ...PART,
        reportData: [item, { ...item, component: COMPONENT }, item],
      });
      assert.equal((report.port.told as { variables: object[] }).variables.length, 1);
      assert.deepEqual(oddities(report.port), ['unreadable:/reportData']);
      const monitor = { id: 1, transaction: false, value: 1e-7, type: 'Delta', severity: 3 };
      const monitors = await say('NotifyMonitoringReport', {
        ...PART,
        monitor: [
          {
            component: COMPONENT,
            variable: VARIABLE,
            variableMonitoring: [monitor, { ...monitor, id: -1 }, { ...monitor, id: -2 }],
          },
          { ...nameless, variableMonitoring: [monitor] },
        ],
      });
      const told = monitors.port.told as { monitors: { monitors: { value: string }[] }[] };
      assert.deepEqual(
        told.monitors.map((each) => each.monitors.map(({ value }) => value)),
        [['0.0000001']],
      );
      assert.deepEqual(oddities(monitors.port), ['unreadable:/monitor[]/variableMonitoring', 'unreadable:/monitor']);
      const profiles = await say('ReportChargingProfiles', {
        requestId: 7,
        chargingLimitSource: 'CSO',
        evseId: 1,
        chargingProfile: [PROFILE, { ...PROFILE, id: -1 }],
      });
      assert.deepEqual((profiles.port.told as { profiles: object[] }).profiles, [PROFILE]);
      assert.deepEqual(oddities(profiles.port), ['unreadable:/chargingProfile']);
    });

    it('are whole in the common case', async () => {
      const { port } = await say('NotifyReport', {
        ...PART,
        reportData: [
          {
            component: COMPONENT,
            variable: VARIABLE,
            variableAttribute: [{ value: '1' }],
            variableCharacteristics: { dataType: 'decimal', minLimit: 1e-7, maxLimit: 1e21, supportsMonitoring: false },
          },
        ],
      });
      const [variable] = (port.told as { variables: { characteristics: object }[] }).variables;
      assert.deepEqual(variable?.characteristics, {
        dataType: 'decimal',
        supportsMonitoring: false,
        minLimit: '0.0000001',
        maxLimit: '1000000000000000000000',
      });
      assert.equal(oddities(port), undefined);
    });

    it('numbers of events are told as they are, so that two stay two', async () => {
      const ids = [-5, 2 ** 40, 0];
      const { port } = await say('NotifyEvent', {
        generatedAt: AT,
        seqNo: 0,
        eventData: ids.map((eventId) => ({ ...EVENT, eventId })),
      });
      assert.deepEqual(
        (port.told as { events: { eventId: number }[] }).events.map(({ eventId }) => eventId),
        ids,
      );
      const event = { generatedAt: AT, seqNo: 0, eventData: [{ ...EVENT, eventId: 'x' }] };
      const lenient = await say('NotifyEvent', event, new RecordingPort(), true);
      assert.ok(oddities(lenient.port)?.includes('unreadable:/eventData[]/eventId'));
    });
  });

  describe('meter values', () => {
    async function told(sample: object) {
      const { reply, port } = await say('MeterValues', {
        evseId: 1,
        meterValue: [{ timestamp: AT, sampledValue: [sample] }],
      });
      assert.deepEqual(reply, result({}));
      const [reading] = (port.told as TransactionReport).readings;
      return reading?.values.map(({ value, unit, format }) => [value, unit, format]);
    }
    const unit = (multiplier: unknown, name: unknown = 'Wh') => ({ unitOfMeasure: { unit: name, multiplier } });

    it('are multiplied exactly, also those that are written as text', async () => {
      for (const [value, multiplier, expected] of [
        [12.345, 3, '12345'],
        [1234567.891, -3, '1234.567891'],
        [0.1, 1, '1'],
        [1e21, 0, '1000000000000000000000'],
        [1e-7, 3, '0.0001'],
        ['12.5', 3, '12500'],
        ['1e5', 3, '100000000'],
        [' 7 ', '3', '7000'],
        [5, null, '5'],
        [-1.5, 2, '-150'],
      ] as const) {
        assert.deepEqual(
          await told({ value, ...unit(multiplier) }),
          [[expected, 'Wh', 'Raw']],
          `${value} ${multiplier}`,
        );
      }
    });

    it('whose power of ten nobody can read are not taken for plain ones', async () => {
      for (const [multiplier, expected] of [
        [1.5, 'Wh*10^1.5'],
        [31, 'Wh*10^31'],
        ['many', 'Wh*10^many'],
        [{}, 'Wh*10^?'],
        ['x'.repeat(50), `Wh*10^${'x'.repeat(14)}`],
      ]) {
        assert.deepEqual(await told({ value: 5, ...unit(multiplier) }), [['5', expected, 'Raw']]);
      }
      assert.deepEqual(await told({ value: 5, ...unit(31, null) }), [['5', '*10^31', 'Raw']]);
      assert.deepEqual(await told({ value: 1e300, ...unit(3) }), [['1e+300', 'Wh*10^3', 'Raw']]);
    });

    it('that are no numbers are told as they came', async () => {
      assert.deepEqual(await told({ value: 'broken' }), [['broken', null, 'Raw']]);
      assert.deepEqual(await told({ value: 1e300, ...unit(0) }), [['1e+300', 'Wh', 'Raw']]);
      assert.deepEqual(await told({ value: {} }), []);
      assert.deepEqual(await told({}), []);
      assert.deepEqual(await told({ signedMeterValue: { signedMeterData: 'd' } }), [
        ['{"signedMeterData":"d"}', null, 'SignedData'],
      ]);
    });

    it('of an EVSE that cannot be are kept for the station as a whole, and flagged', async () => {
      for (const evseId of [-1, 1001, null, 'x', undefined]) {
        const { reply, port } = await say('MeterValues', { evseId, meterValue: [] });
        assert.deepEqual(reply, result({}));
        assert.equal((port.told as { evseId: number }).evseId, 0);
        assert.ok(oddities(port)?.includes('unreadable:/evseId'));
      }
    });
  });

  describe('TransactionEvent', () => {
    const event = {
      eventType: 'Ended',
      timestamp: AT,
      triggerReason: 'StopAuthorized',
      seqNo: 4,
      transactionInfo: { transactionId: 'tx-1' },
    };
    const told = async (payload: object) => (await say('TransactionEvent', payload)).port.told as TransactionReport;

    it('tells the reasons of 2.0.1 as they are, and others as Other', async () => {
      const reasons: [stoppedReason: unknown, told: string][] = [
        ['SOCLimitReached', 'SOCLimitReached'],
        ['MasterPass', 'MasterPass'],
        ['Tired', 'Other'],
        ['constructor', 'Other'],
        [null, 'Local'],
        ['', 'Local'],
      ];
      for (const [stoppedReason, expected] of reasons) {
        const report = await told({ ...event, transactionInfo: { transactionId: 'tx-1', stoppedReason } });
        assert.equal(report.stopReason, expected);
      }
    });

    it('rule 9: connectors count from 1; what is no EVSE is none, and flagged', async () => {
      for (const [evse, expected] of [
        [{ id: 1 }, { evseId: 1, connectorId: null }],
        [
          { id: 1, connectorId: 0 },
          { evseId: 1, connectorId: null },
        ],
        [
          { id: '2', connectorId: '1' },
          { evseId: 2, connectorId: 1 },
        ],
      ]) {
        assert.deepEqual((await told({ ...event, evse })).evse, expected);
      }
      for (const evse of [{}, { id: -1 }, { id: 1001 }, 7]) {
        const report = await told({ ...event, evse });
        assert.equal(report.evse, undefined);
        assert.ok(report.origin.oddities?.includes('unreadable:/evse'));
      }
      assert.equal((await told({ ...event, evse: null })).evse, undefined);
    });

    it('without a token there is a button; words that nobody knows are left out', async () => {
      const button = await told({ ...event, idToken: { idToken: '', type: 'NoAuthorization' } });
      assert.deepEqual(button.idToken, { value: '', type: 'NoAuthorization' });
      assert.deepEqual((await told({ ...event, idToken: { type: 'NoAuthorization' } })).idToken, button.idToken);
      assert.equal((await told({ ...event, idToken: {} })).idToken, undefined);
      const long = 'x'.repeat(300);
      const named = await told({ ...event, transactionInfo: { transactionId: long } });
      assert.equal(named.stationTransactionId, long);
      const odd = { ...event, offline: 'no', transactionInfo: { transactionId: 7, chargingState: 'Dancing' } };
      const report = await told(odd);
      assert.deepEqual(
        [report.stationTransactionId, report.chargingState, report.offline],
        ['7', undefined, undefined],
      );
    });

    it('is answered without a status when the domain gives none, and never with one that nobody asked for', async () => {
      const idToken = { idToken: 'CARD', type: 'Local' };
      const silent = new RecordingPort({ transactionEnded: { transactionId: null, stationTransactionId: 'tx-1' } });
      assert.deepEqual((await say('TransactionEvent', { ...event, idToken }, silent)).reply, result({}));
      const eager = new RecordingPort({
        transactionEnded: { transactionId: null, stationTransactionId: 'tx-1', idTokenInfo: ACCEPTED },
      });
      assert.deepEqual((await say('TransactionEvent', event, eager)).reply, result({}));
    });

    it('however deep it is nested, it is taken, flagged, and the same when it comes again', async () => {
      const spoilt = `{"eventType":"Ended","transactionInfo":{"transactionId":"tx-1"},"seqNo":4,"evse":${deepText},
        "meterValue":[{"sampledValue":[{"value":5,"signedMeterValue":{"a":${deepText}}}]}]}`;
      const first = await sayText('TransactionEvent', spoilt);
      assert.equal(first.reply.kind, 'result');
      const report = first.port.told as TransactionReport;
      assert.ok(report.origin.oddities?.includes('too-deep'));
      assert.equal(report.readings[0]?.values[0]?.value, '5');
      const second = await sayText('TransactionEvent', spoilt);
      assert.deepEqual((second.port.told as TransactionReport).sequence, report.sequence);
      assert.equal((await sayText('MeterValues', `{"evseId":1,"meterValue":${deepText}}`)).reply.kind, 'result');
    });
  });

  it('that are nested too deeply are refused, or cut for a station that is let off', async () => {
    const payload = `{"vendorId":"v","data":${deepText}}`;
    const strict = await sayText('DataTransfer', payload);
    assert.deepEqual(strict.reply, {
      kind: 'error',
      code: 'FormatViolation',
      description: 'the payload is nested too deeply',
    });
    const lenient = await sayText('DataTransfer', payload, new RecordingPort(), true);
    assert.equal(lenient.reply.kind, 'result');
    assert.deepEqual(oddities(lenient.port), ['too-deep']);
    const answered = await dialect.execute(
      { action: 'clear-cache', payload: {} },
      async () => ({ kind: 'result', payload: { status: 'Accepted', statusInfo: deepValue() } }),
      new RecordingPort().conversation,
    );
    assert.equal(answered.status, 'accepted');
    assert.doesNotThrow(() => JSON.stringify(answered));
  });

  it('NUL characters never reach the port', async () => {
    const { port } = await say('TransactionEvent', { transactionInfo: { transactionId: 'a\u0000b' } });
    assert.equal((port.told as TransactionReport).stationTransactionId, 'a\ufffdb');
    assert.ok(oddities(port)?.includes('nul-character'));
    assert.ok(!JSON.stringify(port.calls).includes('\\u0000"'));
  });
});

describe('answers to OCPP 2.0.1 messages', () => {
  const card = { idToken: { idToken: 'CARD', type: 'ISO14443' } };
  const boot = { reason: 'PowerUp', chargingStation: { vendorName: 'V', model: 'M' } };

  before(async () => {
    dialect = await createOcpp201Dialect({ clock: new FakeClock('2026-03-01T10:00:01Z') });
  });

  it('rule 33: each status of a token is told exactly', async () => {
    for (const status of [
      'Accepted',
      'Blocked',
      'ConcurrentTx',
      'Expired',
      'Invalid',
      'NoCredit',
      'NotAtThisLocation',
      'NotAtThisTime',
      'Unknown',
    ] as const) {
      const port = new RecordingPort({ authorize: { ...ACCEPTED, status } });
      assert.deepEqual((await say('Authorize', card, port)).reply, result({ idTokenInfo: { status } }));
    }
  });

  it('a group has its type when known; one that does not fit is left out', async () => {
    const expiresAt = instant(Date.parse('2027-01-01T00:00:00Z'));
    for (const [groupIdTokenType, type] of [
      ['eMAID', 'eMAID'],
      ['Odd', 'Central'],
      [undefined, 'Central'],
    ]) {
      const port = new RecordingPort({
        authorize: { ...ACCEPTED, groupIdToken: 'GROUP', groupIdTokenType, expiresAt },
      });
      assert.deepEqual(
        (await say('Authorize', card, port)).reply,
        result({
          idTokenInfo: {
            status: 'Accepted',
            cacheExpiryDateTime: '2027-01-01T00:00:00.000Z',
            groupIdToken: { idToken: 'GROUP', type },
          },
        }),
      );
    }
    const long = new RecordingPort({ authorize: { ...ACCEPTED, groupIdToken: 'x'.repeat(37) } });
    assert.deepEqual((await say('Authorize', card, long)).reply, result({ idTokenInfo: { status: 'Accepted' } }));
  });

  it('a contract certificate that we are to check is not called good', async () => {
    for (const proof of [{ certificate: 'PEM' }, { iso15118CertificateHashData: [HASHES] }]) {
      const { reply } = await say('Authorize', { ...card, ...proof });
      assert.deepEqual(reply, result({ idTokenInfo: { status: 'Accepted' }, certificateStatus: 'CertChainError' }));
    }
  });

  it('rule 11: status and interval of a boot are the domain’s, and the connection hears of both', async () => {
    for (const status of ['Pending', 'Rejected', 'Accepted'] as const) {
      const port = new RecordingPort({ booted: { status, currentTime: RECEIVED_AT, intervalSeconds: 60 } });
      const { reply } = await say('BootNotification', boot, port);
      assert.deepEqual(reply, result({ status, currentTime: '2026-03-01T10:00:00.000Z', interval: 60 }));
      assert.deepEqual(port.heartbeatIntervals, [60]);
      assert.equal(port.conversation.registrationStatus, status);
    }
  });

  it('a boot that the domain could not take leaves the standing as it was', async () => {
    const away = defineError('test.away', 'Unavailable', 'Not now.');
    const port = new RecordingPort({ booted: away() });
    port.conversation.registrationStatus = 'Pending';
    await assert.rejects(say('BootNotification', boot, port), away.is);
    assert.equal(port.conversation.registrationStatus, 'Pending');
  });

  it('Heartbeat is answered though the domain is away; other messages pass on what the port throws', async () => {
    const away = defineError('test.away', 'Unavailable', 'Not now.');
    const port = new RecordingPort({ heartbeat: away(), authorize: away(), transactionUpdated: away() });
    assert.equal((await say('Heartbeat', {}, port)).reply.kind, 'result');
    await assert.rejects(say('Authorize', card, port), away.is);
    await assert.rejects(say('TransactionEvent', {}, port), away.is);
  });

  it('what the domain decides about vendor data, certificates, needs and schedules reaches the station', async () => {
    for (const [dataTransferred, answer] of [
      [
        { status: 'accepted', data: 'yes' },
        { status: 'Accepted', data: 'yes' },
      ],
      [{ status: 'rejected' }, { status: 'Rejected' }],
      [{ status: 'unknown-message' }, { status: 'UnknownMessageId' }],
      [{ status: 'unknown-vendor' }, { status: 'UnknownVendorId' }],
    ] as const) {
      const { reply } = await say('DataTransfer', { vendorId: 'v' }, new RecordingPort({ dataTransferred }));
      assert.deepEqual(reply, result(answer));
    }
    const signed = new RecordingPort({ certificateRequested: { status: 'accepted' } });
    assert.deepEqual((await say('SignCertificate', { csr: 'x' }, signed)).reply, result({ status: 'Accepted' }));
    const needs = { evseId: 1, chargingNeeds: { requestedEnergyTransfer: 'DC' } };
    for (const [status, answer] of [
      ['accepted', 'Accepted'],
      ['rejected', 'Rejected'],
      ['processing', 'Processing'],
    ] as const) {
      const port = new RecordingPort({ chargingNeedsReported: { status } });
      assert.deepEqual((await say('NotifyEVChargingNeeds', needs, port)).reply, result({ status: answer }));
    }
    const schedule = { evseId: 1, timeBase: AT, chargingSchedule: SCHEDULE };
    const refused = new RecordingPort({ chargingScheduleReported: { status: 'rejected' } });
    assert.deepEqual((await say('NotifyEVChargingSchedule', schedule, refused)).reply, result({ status: 'Rejected' }));
  });

  it('times that a station takes for now tell its clock', async () => {
    const port = new RecordingPort();
    const status = { timestamp: AT, connectorStatus: 'Available', evseId: 1, connectorId: 1 };
    await say('StatusNotification', status, port);
    await say('TransactionEvent', { timestamp: AT, offline: false }, port);
    await say('TransactionEvent', { timestamp: AT }, port);
    await say('TransactionEvent', { timestamp: AT, offline: true }, port);
    await say('TransactionEvent', { timestamp: 'soon' }, port);
    assert.deepEqual(port.observedClocks, Array(3).fill(Date.parse(AT)));
  });

  it('Pending: what an operator has asked for in the station’s own words may come, too', async () => {
    const port = new RecordingPort();
    port.conversation.registrationStatus = 'Pending';
    const raw = (action: string, payload: unknown, status: string) =>
      dialect.execute(
        { action: 'raw-call', payload: { action, payload } },
        async () => ({ kind: 'result', payload: { status } }),
        port.conversation,
      );
    const report = (requestId: number) => ({ ...PART, requestId });
    assert.equal(
      (await raw('TriggerMessage', { requestedMessage: 'SignCombinedCertificate' }, 'Accepted')).status,
      'accepted',
    );
    assert.equal((await say('SignCertificate', { csr: 'x' }, port)).reply.kind, 'result');
    await raw('GetReport', { requestId: 8 }, 'Accepted');
    assert.equal((await say('NotifyReport', report(8), port)).reply.kind, 'result');
    await raw('GetBaseReport', { requestId: 9, reportBase: 'FullInventory' }, 'Rejected');
    assert.equal(codeOf((await say('NotifyReport', report(9), port)).reply), 'SecurityError');
    await raw('ClearCache', {}, 'Accepted');
    assert.equal(codeOf((await say('TransactionEvent', {}, port)).reply), 'SecurityError');
  });
});
