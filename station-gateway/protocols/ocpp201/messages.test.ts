import assert from 'node:assert/strict';
import type { TransactionReport } from '@voltpile/csms/contract/station-port';
import { FakeClock, instant } from '@voltpile/kernel/clock';
import { OCPP201_ACTIONS } from '@voltpile/ocpp/actions/ocpp201';
import type { CallReply } from '@voltpile/ocpp/rpc/types';
import { validate } from '@voltpile/ocpp/validator';
import fc from 'fast-check';
import type { OcppDialect } from '../dialect.ts';
import { callOf, RECEIVED_AT, RecordingPort } from '../testing/recording-port.ts';
import { createOcpp201Dialect } from './dialect.ts';
import { MESSAGES } from './messages.ts';
import { digestOf } from './values/digest.ts';

const AT = '2026-03-01T09:59:58.000Z';
const at = (text: string) => ({ text, at: Date.parse(text) });
const COMPONENT = { name: 'EVSE', instance: 'x', evse: { id: 1, connectorId: 2 } };
const component = { name: 'EVSE', instance: 'x', evseId: 1, connectorId: 2 };

let dialect: OcppDialect;

/** Hands a message to the dialect; every result must keep to the schema of its answer. */
async function say(action: string, payload: unknown, port = new RecordingPort(), lenient = false) {
  const reply = await dialect.handleCall(callOf(action, payload), port.context(lenient));
  if (reply.kind === 'result') assert.equal(validate('ocpp2.0.1', action, 'response', reply.payload), null);
  return { reply, port };
}

const result = (payload: object): CallReply => ({ kind: 'result', payload });
const codeOf = (reply: CallReply) => (reply.kind === 'error' ? reply.code : reply.kind);

describe('OCPP 2.0.1 messages', () => {
  before(async () => {
    dialect = await createOcpp201Dialect({ clock: new FakeClock('2026-03-01T10:00:01Z') });
  });

  it('there is one for every action that stations send, named as it', () => {
    assert.deepEqual(
      MESSAGES.map((message) => message.action).sort(),
      OCPP201_ACTIONS.filter((entry) => entry.direction !== 'to-station')
        .map((entry) => entry.action)
        .sort(),
    );
    assert.deepEqual([...dialect.transactionActions].sort(), ['MeterValues', 'TransactionEvent']);
  });

  describe('valid ones make one call on the port, and its decision is the answer', () => {
    const part = { requestId: 7, sequenceNumber: 0, generatedAt: at(AT), toBeContinued: false };
    const cases: [action: string, payload: object, method: string, report: object, answer: object][] = [
      [
        'Authorize',
        { idToken: { idToken: 'CARD', type: 'ISO14443', additionalInfo: [{ additionalIdToken: 'a', type: 'b' }] } },
        'authorize',
        { idToken: { value: 'CARD', type: 'ISO14443', additional: [{ type: 'b', value: 'a' }] } },
        { idTokenInfo: { status: 'Accepted' } },
      ],
      [
        'BootNotification',
        {
          reason: 'PowerUp',
          chargingStation: {
            vendorName: 'V',
            model: 'M',
            serialNumber: 'S',
            firmwareVersion: 'F',
            modem: { iccid: '1', imsi: '2' },
          },
        },
        'booted',
        {
          vendor: 'V',
          model: 'M',
          serialNumber: 'S',
          firmwareVersion: 'F',
          iccid: '1',
          imsi: '2',
          meterType: null,
          meterSerialNumber: null,
          reason: 'PowerUp',
        },
        { status: 'Accepted', currentTime: new Date(RECEIVED_AT).toISOString(), interval: 300 },
      ],
      [
        'ClearedChargingLimit',
        { chargingLimitSource: 'EMS', evseId: 1 },
        'chargingLimitChanged',
        { source: 'EMS', evseId: 1, cleared: true },
        {},
      ],
      [
        'DataTransfer',
        { vendorId: 'v', messageId: 'm', data: { a: [1] } },
        'dataTransferred',
        { vendorId: 'v', messageId: 'm', data: '{"a":[1]}' },
        { status: 'UnknownVendorId' },
      ],
      [
        'FirmwareStatusNotification',
        { status: 'Installed', requestId: 7 },
        'firmwareStatusChanged',
        { status: 'Installed', requestId: 7 },
        {},
      ],
      ['Heartbeat', {}, 'heartbeat', {}, { currentTime: '2026-03-01T10:00:01.000Z' }],
      [
        'LogStatusNotification',
        { status: 'Uploaded', requestId: 7 },
        'logStatusChanged',
        { status: 'Uploaded', requestId: 7 },
        {},
      ],
      [
        'NotifyChargingLimit',
        {
          evseId: 1,
          chargingLimit: { chargingLimitSource: 'SO', isGridCritical: true },
          chargingSchedule: [{ id: 1, chargingRateUnit: 'W', chargingSchedulePeriod: [{ startPeriod: 0, limit: 5 }] }],
        },
        'chargingLimitChanged',
        {
          source: 'SO',
          evseId: 1,
          cleared: false,
          gridCritical: true,
          schedules: [{ id: 1, chargingRateUnit: 'W', chargingSchedulePeriod: [{ startPeriod: 0, limit: 5 }] }],
        },
        {},
      ],
      [
        'NotifyEVChargingNeeds',
        { evseId: 1, chargingNeeds: { requestedEnergyTransfer: 'DC' } },
        'chargingNeedsReported',
        { evseId: 1, needs: { requestedEnergyTransfer: 'DC' } },
        { status: 'Rejected' },
      ],
      [
        'NotifyEVChargingSchedule',
        {
          evseId: 1,
          timeBase: AT,
          chargingSchedule: { id: 1, chargingRateUnit: 'W', chargingSchedulePeriod: [{ startPeriod: 0, limit: 5 }] },
        },
        'chargingScheduleReported',
        {
          evseId: 1,
          timeBase: at(AT),
          schedule: { id: 1, chargingRateUnit: 'W', chargingSchedulePeriod: [{ startPeriod: 0, limit: 5 }] },
        },
        { status: 'Accepted' },
      ],
      [
        'NotifyEvent',
        {
          generatedAt: AT,
          seqNo: 3,
          tbc: true,
          eventData: [
            {
              eventId: 9,
              timestamp: AT,
              trigger: 'Delta',
              actualValue: 'true',
              component: COMPONENT,
              variable: { name: 'Problem' },
              eventNotificationType: 'HardWiredNotification',
              cleared: false,
              transactionId: 'tx-1',
            },
          ],
        },
        'deviceEventReported',
        {
          part: { sequenceNumber: 3, generatedAt: at(AT), toBeContinued: true },
          events: [
            {
              eventId: 9,
              timestamp: at(AT),
              trigger: 'Delta',
              actualValue: 'true',
              notificationType: 'HardWiredNotification',
              component,
              variable: { name: 'Problem' },
              cleared: false,
              stationTransactionId: 'tx-1',
            },
          ],
        },
        {},
      ],
      [
        'NotifyMonitoringReport',
        {
          requestId: 7,
          seqNo: 0,
          generatedAt: AT,
          monitor: [
            {
              component: COMPONENT,
              variable: { name: 'P' },
              variableMonitoring: [{ id: 1, transaction: false, value: 2.5, type: 'Delta', severity: 3 }],
            },
          ],
        },
        'monitoringReported',
        {
          part,
          monitors: [
            {
              component,
              variable: { name: 'P' },
              monitors: [{ id: 1, type: 'Delta', value: '2.5', severity: 3, transaction: false }],
            },
          ],
        },
        {},
      ],
      [
        'NotifyReport',
        {
          requestId: 7,
          seqNo: 0,
          generatedAt: AT,
          reportData: [
            {
              component: COMPONENT,
              variable: { name: 'Power', instance: 'max' },
              variableAttribute: [{ value: '22000', mutability: 'ReadOnly' }, { type: 'MaxSet' }],
              variableCharacteristics: { dataType: 'decimal', unit: 'W', maxLimit: 22000, supportsMonitoring: true },
            },
          ],
        },
        'deviceReported',
        {
          part,
          variables: [
            {
              component,
              variable: { name: 'Power', instance: 'max' },
              attributes: [
                { type: 'Actual', value: '22000', mutability: 'ReadOnly', persistent: false, constant: false },
                { type: 'MaxSet', mutability: 'ReadWrite', persistent: false, constant: false },
              ],
              characteristics: { dataType: 'decimal', supportsMonitoring: true, unit: 'W', maxLimit: '22000' },
            },
          ],
        },
        {},
      ],
      [
        'PublishFirmwareStatusNotification',
        { status: 'Published', requestId: 7, location: ['http://127.0.0.1/f'] },
        'firmwareStatusChanged',
        { status: 'Published', requestId: 7, locations: ['http://127.0.0.1/f'] },
        {},
      ],
      [
        'ReportChargingProfiles',
        {
          requestId: 7,
          chargingLimitSource: 'CSO',
          evseId: 1,
          tbc: true,
          chargingProfile: [
            {
              id: 5,
              stackLevel: 0,
              chargingProfilePurpose: 'TxProfile',
              chargingProfileKind: 'Relative',
              chargingSchedule: [
                { id: 1, chargingRateUnit: 'W', chargingSchedulePeriod: [{ startPeriod: 0, limit: 5 }] },
              ],
            },
          ],
        },
        'chargingProfilesReported',
        {
          requestId: 7,
          evseId: 1,
          source: 'CSO',
          toBeContinued: true,
          profiles: [
            {
              id: 5,
              stackLevel: 0,
              chargingProfilePurpose: 'TxProfile',
              chargingProfileKind: 'Relative',
              chargingSchedule: [
                { id: 1, chargingRateUnit: 'W', chargingSchedulePeriod: [{ startPeriod: 0, limit: 5 }] },
              ],
            },
          ],
        },
        {},
      ],
      [
        'ReservationStatusUpdate',
        { reservationId: 4, reservationUpdateStatus: 'Expired' },
        'reservationEnded',
        { reservationId: 4, status: 'Expired' },
        {},
      ],
      [
        'SecurityEventNotification',
        { type: 'SettingSystemTime', timestamp: AT, techInfo: 't' },
        'securityEventReported',
        { type: 'SettingSystemTime', timestamp: at(AT), techInfo: 't' },
        {},
      ],
      [
        'SignCertificate',
        { csr: 'PEM', certificateType: 'V2GCertificate' },
        'certificateRequested',
        { csr: 'PEM', use: 'V2GCertificate' },
        { status: 'Rejected' },
      ],
      [
        'SignCertificate',
        { csr: 'PEM' },
        'certificateRequested',
        { csr: 'PEM', use: 'ChargingStationCertificate' },
        { status: 'Rejected' },
      ],
      [
        'StatusNotification',
        { timestamp: AT, connectorStatus: 'Occupied', evseId: 1, connectorId: 2 },
        'connectorStatusChanged',
        { evseId: 1, connectorId: 2, status: 'Occupied', detail: 'Occupied', timestamp: at(AT) },
        {},
      ],
      [
        'MeterValues',
        { evseId: 1, meterValue: [{ timestamp: AT, sampledValue: [{ value: 5 }] }] },
        'metered',
        {
          evseId: 1,
          readings: [
            {
              timestamp: at(AT),
              values: [
                {
                  measurand: 'Energy.Active.Import.Register',
                  phase: null,
                  location: 'Outlet',
                  context: 'Sample.Periodic',
                  format: 'Raw',
                  unit: null,
                  value: '5',
                  basis: 'register',
                },
              ],
            },
          ],
        },
        {},
      ],
    ];
    for (const [action, payload, method, report, answer] of cases) {
      it(`${action} ${JSON.stringify(payload).slice(0, 60)}`, async () => {
        assert.equal(validate('ocpp2.0.1', action, 'request', payload), null);
        const { reply, port } = await say(action, payload);
        assert.deepEqual(reply, result(answer));
        assert.equal(port.calls.length, 1);
        const [[called, told]] = port.calls as [[string, Record<string, unknown>]];
        assert.equal(called, method);
        const { origin: _, ...rest } = action === 'Heartbeat' ? { origin: told } : told;
        assert.deepEqual(rest, report);
      });
    }
  });

  describe('those that are kept for the record only', () => {
    const cases: [action: string, payload: object, kind: string, answer: object][] = [
      [
        'NotifyCustomerInformation',
        { requestId: 7, seqNo: 0, generatedAt: AT, data: 'Jo' },
        'customer-information',
        {},
      ],
      [
        'NotifyDisplayMessages',
        { requestId: 7, messageInfo: [{ id: 1, priority: 'InFront', message: { format: 'UTF8', content: 'hi' } }] },
        'display-messages',
        {},
      ],
      [
        'Get15118EVCertificate',
        { iso15118SchemaVersion: 's', action: 'Install', exiRequest: 'e' },
        'contract-certificate-request',
        { status: 'Failed', exiResponse: '' },
      ],
      [
        'GetCertificateStatus',
        {
          ocspRequestData: {
            hashAlgorithm: 'SHA256',
            issuerNameHash: 'a',
            issuerKeyHash: 'b',
            serialNumber: 'c',
            responderURL: 'http://127.0.0.1/',
          },
        },
        'certificate-status-request',
        { status: 'Failed' },
      ],
    ];
    for (const [action, payload, kind, answer] of cases) {
      it(`${action} is kept, and answered honestly`, async () => {
        assert.equal(MESSAGES.find((message) => message.action === action)?.isStoredOnly, true);
        const { reply, port } = await say(action, payload);
        assert.equal(reply.kind, 'result');
        const { statusInfo: _, ...said } = (reply as { payload: Record<string, unknown> }).payload;
        assert.deepEqual(said, answer);
        assert.equal((port.told as { kind: string }).kind, kind);
      });
    }
  });

  describe('TransactionEvent', () => {
    const event = {
      eventType: 'Started',
      timestamp: AT,
      triggerReason: 'Authorized',
      seqNo: 4,
      offline: false,
      reservationId: 8,
      transactionInfo: { transactionId: 'tx-1', chargingState: 'EVConnected', remoteStartId: 9 },
      evse: { id: 1 },
      idToken: { idToken: 'CARD', type: 'ISO14443' },
      meterValue: [
        {
          timestamp: AT,
          sampledValue: [
            { value: 1.5, context: 'Transaction.Begin', unitOfMeasure: { unit: 'kWh', multiplier: 2 } },
            {
              value: 7,
              measurand: 'Power.Active.Import',
              phase: 'L1',
              location: 'Inlet',
              signedMeterValue: { signedMeterData: 'd', signingMethod: '', encodingMethod: 'OCMF', publicKey: '' },
            },
          ],
        },
      ],
    };
    const told = (port: RecordingPort) => port.told as TransactionReport;

    it('tells who, where, what and in which place among the others', async () => {
      const { reply, port } = await say('TransactionEvent', event);
      assert.deepEqual(reply, result({ idTokenInfo: { status: 'Accepted' } }));
      assert.equal(port.calls[0]?.[0], 'transactionStarted');
      const { origin: _, readings, ...report } = told(port);
      assert.deepEqual(report, {
        stationTransactionId: 'tx-1',
        sequence: { number: 4, digest: digestOf(event) },
        trigger: 'Authorized',
        chargingState: 'EVConnected',
        offline: false,
        remoteStartId: 9,
        reservationId: 8,
        evse: { evseId: 1, connectorId: null },
        idToken: { value: 'CARD', type: 'ISO14443' },
        timestamp: at(AT),
      });
      assert.deepEqual(
        readings[0]?.values.map(({ measurand, phase, location, context, format, unit, value }) => [
          measurand,
          phase,
          location,
          context,
          format,
          unit,
          value,
        ]),
        [
          ['Energy.Active.Import.Register', null, 'Outlet', 'Transaction.Begin', 'Raw', 'kWh', '150'],
          ['Power.Active.Import', 'L1', 'Inlet', 'Sample.Periodic', 'Raw', null, '7'],
          [
            'Power.Active.Import',
            'L1',
            'Inlet',
            'Sample.Periodic',
            'SignedData',
            null,
            '{"signedMeterData":"d","signingMethod":"","encodingMethod":"OCMF","publicKey":""}',
          ],
        ],
      );
      assert.deepEqual(port.observedClocks, [Date.parse(AT)]);
    });

    it('has the same digest however its members are ordered, and another for any other content', () => {
      const reordered = Object.fromEntries(Object.entries(event).reverse());
      assert.equal(digestOf(reordered), digestOf(event));
      assert.notEqual(digestOf({ ...event, seqNo: 5 }), digestOf(event));
    });

    it('is an update or an end by its type; an end without a reason is Local', async () => {
      const { idToken: _, ...noToken } = event;
      const updated = await say('TransactionEvent', { ...noToken, eventType: 'Updated' });
      assert.deepEqual([updated.port.calls[0]?.[0], updated.reply], ['transactionUpdated', result({})]);
      const ended = await say('TransactionEvent', { ...noToken, eventType: 'Ended' });
      assert.deepEqual([ended.port.calls[0]?.[0], told(ended.port).stopReason], ['transactionEnded', 'Local']);
      const reason = { transactionId: 'tx-1', stoppedReason: 'EVDisconnected' };
      const given = await say('TransactionEvent', { ...noToken, eventType: 'Ended', transactionInfo: reason });
      assert.equal(told(given.port).stopReason, 'EVDisconnected');
    });

    it('answers with what the charge costs, where it is settled', async () => {
      const decision = {
        transactionId: null,
        stationTransactionId: 'tx-1',
        finalCost: { amount: '12.30', currency: 'EUR' },
      };
      const port = new RecordingPort({ transactionEnded: decision });
      const { idToken: _, ...noToken } = event;
      const { reply } = await say('TransactionEvent', { ...noToken, eventType: 'Ended' }, port);
      assert.deepEqual(reply, result({ totalCost: 12.3 }));
    });

    it('answers with the status, group and expiry of the token, in 2.0.1 words', async () => {
      const port = new RecordingPort({
        transactionStarted: {
          transactionId: null,
          stationTransactionId: 'tx-1',
          idTokenInfo: { status: 'ConcurrentTx', groupIdToken: 'FAMILY', expiresAt: instant(Date.parse(AT)) },
        },
      });
      const { reply } = await say('TransactionEvent', event, port);
      assert.deepEqual(
        reply,
        result({
          idTokenInfo: {
            status: 'ConcurrentTx',
            cacheExpiryDateTime: AT,
            groupIdToken: { idToken: 'FAMILY', type: 'Central' },
          },
        }),
      );
    });

    it('does not take a time of an offline event for now', async () => {
      const { port } = await say('TransactionEvent', { ...event, offline: true });
      assert.deepEqual(port.observedClocks, []);
    });

    it('is never refused for its content', async () => {
      const anything = fc.oneof(
        fc.constant(undefined),
        fc.constant(null),
        fc.string(),
        fc.integer(),
        fc.double({ noNaN: true }),
        fc.array(fc.anything({ maxDepth: 1 })),
        fc.dictionary(fc.string(), fc.anything({ maxDepth: 2 })),
      );
      const spoilt = fc.record(Object.fromEntries(Object.keys(event).map((key) => [key, anything])));
      await fc.assert(
        fc.asyncProperty(fc.oneof(spoilt, anything), async (payload) => {
          const { reply, port } = await say('TransactionEvent', JSON.parse(JSON.stringify(payload ?? null)));
          assert.equal(reply.kind, 'result');
          assert.equal(port.calls.length, 1);
          assert.ok(told(port).sequence !== undefined);
        }),
        { numRuns: 300 },
      );
    });

    it('flags what breaks the schema, and what kind of event nobody can read', async () => {
      const { port } = await say('TransactionEvent', {
        ...event,
        eventType: 'Paused',
        seqNo: '4',
        transactionInfo: {},
      });
      assert.equal(port.calls[0]?.[0], 'transactionUpdated');
      assert.deepEqual(told(port).sequence?.number, 4);
      const { oddities = [] } = told(port).origin;
      assert.ok(
        oddities.includes('unreadable:/eventType') && oddities.includes('unreadable:/transactionInfo/transactionId'),
      );
      assert.ok(oddities.some((each) => each.startsWith('schema:/seqNo')));
    });
  });

  describe('other messages that break their schema', () => {
    it('are refused in the spelling of 2.0.1, or taken from a station that is let off', async () => {
      const strict = await say('StatusNotification', {
        timestamp: AT,
        connectorStatus: 'Occupied',
        evseId: '1',
        connectorId: 1,
      });
      assert.equal(codeOf(strict.reply), 'TypeConstraintViolation');
      assert.equal(strict.port.calls.length, 0);
      const lenient = await say(
        'StatusNotification',
        { timestamp: AT, connectorStatus: 'Occupied', evseId: '1', connectorId: 1 },
        new RecordingPort(),
        true,
      );
      assert.equal(lenient.reply.kind, 'result');
      const senseless = await say('StatusNotification', { connectorStatus: 'Asleep' }, new RecordingPort(), true);
      assert.equal(senseless.reply.kind, 'error');
    });

    it('are not known, or ours to send', async () => {
      assert.equal(codeOf((await say('StartTransaction', {})).reply), 'NotImplemented');
      assert.equal(codeOf((await say('SetVariables', {})).reply), 'NotSupported');
    });
  });

  describe('before the station is accepted', () => {
    const status = { timestamp: AT, connectorStatus: 'Available', evseId: 1, connectorId: 1 };
    const boot = { reason: 'PowerUp', chargingStation: { vendorName: 'V', model: 'M' } };
    const report = (requestId: number) => ({ requestId, seqNo: 0, generatedAt: AT });
    const yes = async () => ({ kind: 'result', payload: { status: 'Accepted' } }) as const;
    const no = async () => ({ kind: 'result', payload: { status: 'Rejected' } }) as const;

    function waiting(registrationStatus: 'Pending' | 'Rejected'): RecordingPort {
      const port = new RecordingPort();
      port.conversation.registrationStatus = registrationStatus;
      return port;
    }

    for (const standing of ['Pending', 'Rejected'] as const) {
      it(`${standing}: only BootNotification is taken; facts are refused, not lost`, async () => {
        const port = waiting(standing);
        for (const [action, payload] of [
          ['StatusNotification', status],
          ['TransactionEvent', {}],
          ['Heartbeat', {}],
          ['Nonsense', {}],
        ] as const) {
          const { reply } = await say(action, payload, port);
          assert.equal(codeOf(reply), action === 'Nonsense' ? 'NotImplemented' : 'SecurityError');
        }
        assert.equal(port.calls.length, 0);
        assert.equal((await say('BootNotification', boot, port)).reply.kind, 'result');
        // The port has accepted it now.
        assert.equal((await say('StatusNotification', status, port)).reply.kind, 'result');
      });
    }

    it('Pending: what we have asked for may come', async () => {
      const port = waiting('Pending');
      const { conversation } = port;
      await dialect.execute(
        { action: 'trigger-message', payload: { requestedMessage: 'StatusNotification' } },
        yes,
        conversation,
      );
      assert.equal((await say('StatusNotification', status, port)).reply.kind, 'result');
      await dialect.execute(
        { action: 'trigger-message', payload: { requestedMessage: 'Heartbeat' } },
        no,
        conversation,
      );
      assert.equal(codeOf((await say('Heartbeat', {}, port)).reply), 'SecurityError');
      const command = { action: 'get-base-report', payload: { requestId: 7, reportBase: 'FullInventory' } } as const;
      // The report may overtake the answer to the request.
      const overtaking = async () => {
        assert.equal((await say('NotifyReport', report(7), port)).reply.kind, 'result');
        return yes();
      };
      await dialect.execute(command, overtaking, conversation);
      assert.equal((await say('NotifyReport', report(7), port)).reply.kind, 'result');
      assert.equal(codeOf((await say('NotifyReport', report(8), port)).reply), 'SecurityError');
    });

    it('Rejected: nothing that we have asked for may come', async () => {
      const port = waiting('Rejected');
      await dialect.execute(
        { action: 'trigger-message', payload: { requestedMessage: 'StatusNotification' } },
        yes,
        port.conversation,
      );
      assert.equal(codeOf((await say('StatusNotification', status, port)).reply), 'SecurityError');
    });
  });
});
