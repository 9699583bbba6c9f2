import assert from 'node:assert/strict';
import type { IdTokenInfo } from '@voltpile/csms/contract/station-port';
import { FakeClock, instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { OCPP16_ACTIONS } from '@voltpile/ocpp/actions/ocpp16';
import type { CallReply } from '@voltpile/ocpp/rpc/types';
import { validate } from '@voltpile/ocpp/validator';
import fc from 'fast-check';
import type { OcppDialect } from '../dialect.ts';
import { callOf, originOf, RECEIVED_AT, RecordingPort } from '../testing/recording-port.ts';
import { createOcpp16Dialect } from './dialect.ts';
import { MESSAGES } from './messages.ts';

const AT = '2026-03-01T09:59:58.000Z';
const at = (text: string) => ({ text, at: Date.parse(text) });
const accepted: IdTokenInfo = { status: 'Accepted', groupIdToken: null, expiresAt: null };

let dialect: OcppDialect;

/** Hands a message to the dialect; every result must keep to the schema of its answer. */
async function say(
  action: string,
  payload: unknown,
  port = new RecordingPort(),
  lenient = false,
): Promise<{ reply: CallReply; port: RecordingPort }> {
  const reply = await dialect.handleCall(callOf(action, payload), port.context(lenient));
  if (reply.kind === 'result') assert.equal(validate('ocpp1.6', action, 'response', reply.payload), null);
  return { reply, port };
}

/** Origin as the port sees it. */
const from = (action: string, payload: unknown, oddities?: readonly string[]) =>
  JSON.parse(JSON.stringify(originOf(callOf(action, payload), oddities))) as object;

const result = (payload: object): CallReply => ({ kind: 'result', payload });

describe('OCPP 1.6 messages', () => {
  before(async () => {
    dialect = await createOcpp16Dialect({ clock: new FakeClock('2026-03-01T10:00:01Z') });
  });

  it('there is one for every action that stations send, named as it', () => {
    assert.deepEqual(
      MESSAGES.map((message) => message.action).sort(),
      OCPP16_ACTIONS.filter((entry) => entry.direction !== 'to-station')
        .map((entry) => entry.action)
        .sort(),
    );
    assert.equal(dialect.version, 'ocpp1.6');
    assert.deepEqual([...dialect.transactionActions].sort(), ['MeterValues', 'StartTransaction', 'StopTransaction']);
  });

  describe('valid ones make one call on the port, and its decision is the answer', () => {
    const cases: [action: string, payload: object, method: string, report: object, answer: object][] = [
      [
        'Authorize',
        { idTag: 'CARD' },
        'authorize',
        { idToken: { value: 'CARD' } },
        { idTagInfo: { status: 'Accepted' } },
      ],
      [
        'BootNotification',
        {
          chargePointVendor: 'Maker',
          chargePointModel: 'Pile',
          chargePointSerialNumber: 'S1',
          chargeBoxSerialNumber: 'B1',
          firmwareVersion: '1.2',
          iccid: '89',
          imsi: '26',
          meterType: 'M',
          meterSerialNumber: 'M1',
        },
        'booted',
        {
          vendor: 'Maker',
          model: 'Pile',
          serialNumber: 'S1',
          firmwareVersion: '1.2',
          iccid: '89',
          imsi: '26',
          meterType: 'M',
          meterSerialNumber: 'M1',
        },
        { status: 'Accepted', currentTime: '2026-03-01T10:00:00.000Z', interval: 300 },
      ],
      [
        'BootNotification',
        { chargePointVendor: 'Maker', chargePointModel: 'Pile', chargeBoxSerialNumber: 'B1', imsi: '' },
        'booted',
        {
          vendor: 'Maker',
          model: 'Pile',
          serialNumber: 'B1',
          firmwareVersion: null,
          iccid: null,
          imsi: null,
          meterType: null,
          meterSerialNumber: null,
        },
        { status: 'Accepted', currentTime: '2026-03-01T10:00:00.000Z', interval: 300 },
      ],
      [
        'DataTransfer',
        { vendorId: 'org.example', messageId: 'm', data: 'd' },
        'dataTransferred',
        { vendorId: 'org.example', messageId: 'm', data: 'd' },
        { status: 'UnknownVendorId' },
      ],
      ['DiagnosticsStatusNotification', { status: 'Uploading' }, 'logStatusChanged', { status: 'Uploading' }, {}],
      ['FirmwareStatusNotification', { status: 'Installed' }, 'firmwareStatusChanged', { status: 'Installed' }, {}],
      ['Heartbeat', {}, 'heartbeat', {}, { currentTime: '2026-03-01T10:00:01.000Z' }],
      [
        'LogStatusNotification',
        { status: 'Uploaded', requestId: 4 },
        'logStatusChanged',
        { status: 'Uploaded', requestId: 4 },
        {},
      ],
      [
        'MeterValues',
        {
          connectorId: 2,
          transactionId: 17,
          meterValue: [
            {
              timestamp: AT,
              sampledValue: [
                { value: '1200' },
                {
                  value: '230.1',
                  context: 'Transaction.Begin',
                  format: 'SignedData',
                  measurand: 'Voltage',
                  phase: 'L1-N',
                  location: 'Inlet',
                  unit: 'V',
                },
              ],
            },
          ],
        },
        'metered',
        {
          evseId: 2,
          stationTransactionId: '17',
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
                  value: '1200',
                  basis: 'register',
                },
                {
                  measurand: 'Voltage',
                  phase: 'L1-N',
                  location: 'Inlet',
                  context: 'Transaction.Begin',
                  format: 'SignedData',
                  unit: 'V',
                  value: '230.1',
                  basis: 'register',
                },
              ],
            },
          ],
        },
        {},
      ],
      [
        'SecurityEventNotification',
        { type: 'TamperDetectionActivated', timestamp: AT, techInfo: 'lid' },
        'securityEventReported',
        { type: 'TamperDetectionActivated', timestamp: at(AT), techInfo: 'lid' },
        {},
      ],
      ['SignCertificate', { csr: 'CSR' }, 'certificateRequested', { csr: 'CSR' }, { status: 'Rejected' }],
      [
        'SignedFirmwareStatusNotification',
        { status: 'SignatureVerified', requestId: 9 },
        'firmwareStatusChanged',
        { status: 'SignatureVerified', requestId: 9 },
        {},
      ],
      [
        'StartTransaction',
        { connectorId: 1, idTag: 'CARD', meterStart: 1000, reservationId: 3, timestamp: AT },
        'transactionStarted',
        {
          evse: { evseId: 1, connectorId: 1 },
          idToken: { value: 'CARD' },
          timestamp: at(AT),
          meterWh: '1000',
          readings: [],
          reservationId: 3,
        },
        { transactionId: 17, idTagInfo: { status: 'Accepted' } },
      ],
      [
        'StatusNotification',
        { connectorId: 1, errorCode: 'NoError', status: 'SuspendedEV', timestamp: AT },
        'connectorStatusChanged',
        {
          evseId: 1,
          connectorId: 1,
          status: 'Occupied',
          detail: 'SuspendedEV',
          chargingState: 'SuspendedEV',
          timestamp: at(AT),
        },
        {},
      ],
      [
        'StatusNotification',
        {
          connectorId: 0,
          errorCode: 'OtherError',
          info: 'hot',
          status: 'Faulted',
          vendorId: 'org.example',
          vendorErrorCode: 'E7',
        },
        'connectorStatusChanged',
        {
          evseId: 0,
          connectorId: 0,
          status: 'Faulted',
          detail: 'Faulted',
          errorCode: 'OtherError',
          info: 'hot',
          vendorId: 'org.example',
          vendorErrorCode: 'E7',
        },
        {},
      ],
      [
        'StopTransaction',
        {
          transactionId: 17,
          idTag: 'CARD',
          meterStop: 11_000,
          reason: 'EVDisconnected',
          timestamp: AT,
          transactionData: [{ timestamp: AT, sampledValue: [{ value: 'OCMF|{}|{}', format: 'SignedData' }] }],
        },
        'transactionEnded',
        {
          stationTransactionId: '17',
          idToken: { value: 'CARD' },
          timestamp: at(AT),
          meterWh: '11000',
          stopReason: 'EVDisconnected',
          readings: [
            {
              timestamp: at(AT),
              values: [
                {
                  measurand: 'Energy.Active.Import.Register',
                  phase: null,
                  location: 'Outlet',
                  context: 'Sample.Periodic',
                  format: 'SignedData',
                  unit: null,
                  value: 'OCMF|{}|{}',
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
        assert.equal(validate('ocpp1.6', action, 'request', payload), null, 'the example itself is valid');
        const { reply, port } = await say(action, payload);
        const expected = method === 'heartbeat' ? from(action, payload) : { origin: from(action, payload), ...report };
        assert.deepEqual(port.calls, [[method, expected]]);
        assert.deepEqual(reply, result(answer));
      });
    }
  });

  it('every status of a connector has a neutral word, and keeps its own as detail', async () => {
    const words: Record<string, string> = {};
    for (const status of [
      'Available',
      'Preparing',
      'Charging',
      'SuspendedEVSE',
      'SuspendedEV',
      'Finishing',
      'Reserved',
      'Unavailable',
      'Faulted',
    ]) {
      const { port } = await say('StatusNotification', { connectorId: 1, errorCode: 'NoError', status });
      const report = port.told as { status: string; detail: string };
      assert.equal(report.detail, status);
      words[status] = report.status;
    }
    assert.deepEqual(words, {
      Available: 'Available',
      Preparing: 'Occupied',
      Charging: 'Occupied',
      SuspendedEVSE: 'Occupied',
      SuspendedEV: 'Occupied',
      Finishing: 'Occupied',
      Reserved: 'Reserved',
      Unavailable: 'Unavailable',
      Faulted: 'Faulted',
    });
  });

  it('what the domain answers to DataTransfer and SignCertificate reaches the station', async () => {
    const answers = [
      [
        { status: 'accepted', data: 'yes' },
        { status: 'Accepted', data: 'yes' },
      ],
      [{ status: 'rejected' }, { status: 'Rejected' }],
      [{ status: 'unknown-message' }, { status: 'UnknownMessageId' }],
      [{ status: 'unknown-vendor' }, { status: 'UnknownVendorId' }],
    ] as const;
    for (const [dataTransferred, answer] of answers) {
      const { reply } = await say('DataTransfer', { vendorId: 'v' }, new RecordingPort({ dataTransferred }));
      assert.deepEqual(reply, result(answer));
    }
    const port = new RecordingPort({ certificateRequested: { status: 'accepted' } });
    assert.deepEqual((await say('SignCertificate', { csr: 'x' }, port)).reply, result({ status: 'Accepted' }));
  });

  it('rule 11: the interval of the boot answer is the domain’s, and the connection hears of it', async () => {
    const port = new RecordingPort({ booted: { status: 'Pending', currentTime: RECEIVED_AT, intervalSeconds: 60 } });
    const { reply } = await say('BootNotification', { chargePointVendor: 'a', chargePointModel: 'b' }, port);
    assert.deepEqual(reply, result({ status: 'Pending', currentTime: '2026-03-01T10:00:00.000Z', interval: 60 }));
    assert.deepEqual(port.heartbeatIntervals, [60]);
  });

  it('Heartbeat is answered though the domain is away', async () => {
    const port = new RecordingPort({ heartbeat: new Error('away') });
    assert.equal((await say('Heartbeat', {}, port)).reply.kind, 'result');
  });

  it('other messages pass on what the port throws', async () => {
    const away = defineError('test.away', 'Unavailable', 'Not now.');
    for (const [action, payload, method] of [
      ['StartTransaction', { connectorId: 1, idTag: 'A', meterStart: 0, timestamp: AT }, 'transactionStarted'],
      ['Authorize', { idTag: 'A' }, 'authorize'],
    ] as const) {
      await assert.rejects(say(action, payload, new RecordingPort({ [method]: away() })), away.is);
    }
  });

  describe('id tag info', () => {
    const expiresAt = instant(Date.parse('2027-01-01T00:00:00Z'));
    it('carries group and expiry; a group that does not fit is left out', async () => {
      const port = new RecordingPort({ authorize: { status: 'Expired', groupIdToken: 'GROUP', expiresAt } });
      assert.deepEqual(
        (await say('Authorize', { idTag: 'A' }, port)).reply,
        result({ idTagInfo: { status: 'Expired', parentIdTag: 'GROUP', expiryDate: '2027-01-01T00:00:00.000Z' } }),
      );
      const long = new RecordingPort({ authorize: { ...accepted, groupIdToken: 'x'.repeat(21) } });
      assert.deepEqual(
        (await say('Authorize', { idTag: 'A' }, long)).reply,
        result({ idTagInfo: { status: 'Accepted' } }),
      );
    });

    it('rule 33: ConcurrentTx is told to StartTransaction only', async () => {
      const info: IdTokenInfo = { ...accepted, status: 'ConcurrentTx' };
      const decision = { transactionId: null, stationTransactionId: '5', idTokenInfo: info };
      const port = new RecordingPort({ authorize: info, transactionStarted: decision, transactionEnded: decision });
      const start = { connectorId: 1, idTag: 'A', meterStart: 0, timestamp: AT };
      const stop = { transactionId: 5, idTag: 'A', meterStop: 0, timestamp: AT };
      assert.deepEqual(
        (await say('Authorize', { idTag: 'A' }, port)).reply,
        result({ idTagInfo: { status: 'Accepted' } }),
      );
      assert.deepEqual(
        (await say('StartTransaction', start, port)).reply,
        result({ transactionId: 5, idTagInfo: { status: 'ConcurrentTx' } }),
      );
      assert.deepEqual((await say('StopTransaction', stop, port)).reply, result({ idTagInfo: { status: 'Accepted' } }));
    });

    it('rule 33: refusals are returned exactly; 1.6 has no word for missing credit', async () => {
      const statuses: string[] = [];
      for (const status of ['Blocked', 'Expired', 'Invalid', 'NoCredit'] as const) {
        const port = new RecordingPort({ authorize: { ...accepted, status } });
        const { reply } = await say('Authorize', { idTag: 'A' }, port);
        assert(reply.kind === 'result');
        statuses.push((reply.payload as { idTagInfo: { status: string } }).idTagInfo.status);
      }
      assert.deepEqual(statuses, ['Blocked', 'Expired', 'Invalid', 'Blocked']);
    });
  });

  describe('StartTransaction', () => {
    const start = { connectorId: 1, idTag: 'CARD', meterStart: 1000, timestamp: AT };

    it('rule 5: a refused tag still gets a transaction id and its status', async () => {
      const port = new RecordingPort({
        transactionStarted: {
          transactionId: null,
          stationTransactionId: '18',
          idTokenInfo: { ...accepted, status: 'Blocked' },
        },
      });
      assert.deepEqual(
        (await say('StartTransaction', start, port)).reply,
        result({ transactionId: 18, idTagInfo: { status: 'Blocked' } }),
      );
    });

    it('rules 3 and 5: without a readable tag it is stored, flagged and answered Invalid', async () => {
      for (const idTag of [null, '', undefined, {}, true]) {
        const port = new RecordingPort({
          transactionStarted: { transactionId: null, stationTransactionId: '19' },
        });
        const { reply } = await say('StartTransaction', { ...start, idTag }, port);
        assert.deepEqual(reply, result({ transactionId: 19, idTagInfo: { status: 'Invalid' } }));
        const report = port.told as { idToken?: object; meterWh: string };
        assert.equal(report.idToken, undefined);
        assert.equal(report.meterWh, '1000');
      }
    });

    it('rule 4: a port that hands out no number is an error, never transaction 0', async () => {
      for (const stationTransactionId of [null, '0', 'x']) {
        const port = new RecordingPort({ transactionStarted: { transactionId: null, stationTransactionId } });
        await assert.rejects(say('StartTransaction', start, port), { code: 'internal' });
      }
    });

    it('a reservation that cannot be ours is none', async () => {
      for (const reservationId of [null, -1, 2 ** 31, 'x']) {
        const { port } = await say('StartTransaction', { ...start, reservationId });
        assert.equal((port.told as { reservationId?: number }).reservationId, undefined);
      }
    });
  });

  describe('StopTransaction', () => {
    const stop = { transactionId: 17, meterStop: 11_000, timestamp: AT };
    const reportOf = async (payload: object) => {
      const { reply, port } = await say('StopTransaction', payload);
      assert.deepEqual(reply, result({}));
      return port.told as Record<string, unknown>;
    };

    it('rule 2: is answered {} for any transaction id', async () => {
      for (const [transactionId, told] of [
        [17, '17'],
        [0, '0'],
        [-1, '-1'],
        ['17', '17'],
        [2 ** 40, String(2 ** 40)],
        [null, undefined],
        ['abc', undefined],
        [1e300, undefined],
      ]) {
        assert.equal((await reportOf({ ...stop, transactionId })).stationTransactionId, told);
      }
      const { port } = await say('StopTransaction', { ...stop, transactionId: 1e300 });
      assert.deepEqual((port.told as { origin: { oddities: string[] } }).origin.oddities, [
        'unreadable:/transactionId',
      ]);
    });

    it('tells the tag’s status only when a tag was given', async () => {
      const port = () =>
        new RecordingPort({
          transactionEnded: { transactionId: null, stationTransactionId: '17', idTokenInfo: accepted },
        });
      assert.deepEqual((await say('StopTransaction', stop, port())).reply, result({}));
      assert.deepEqual((await say('StopTransaction', { ...stop, idTag: '' }, port())).reply, result({}));
      assert.deepEqual(
        (await say('StopTransaction', { ...stop, idTag: 'A' }, port())).reply,
        result({ idTagInfo: { status: 'Accepted' } }),
      );
    });

    it('rule 29: without a reason it is Local; reasons become 2.0.1 words; unknown ones are Other and flagged', async () => {
      const reasons: Record<string, unknown> = {};
      for (const reason of [
        'DeAuthorized',
        'EmergencyStop',
        'EVDisconnected',
        'HardReset',
        'Local',
        'Other',
        'PowerLoss',
        'Reboot',
        'Remote',
        'SoftReset',
        'UnlockCommand',
      ]) {
        reasons[reason] = (await reportOf({ ...stop, reason })).stopReason;
      }
      assert.deepEqual(reasons, {
        DeAuthorized: 'DeAuthorized',
        EmergencyStop: 'EmergencyStop',
        EVDisconnected: 'EVDisconnected',
        HardReset: 'ImmediateReset',
        Local: 'Local',
        Other: 'Other',
        PowerLoss: 'PowerLoss',
        Reboot: 'Reboot',
        Remote: 'Remote',
        SoftReset: 'ImmediateReset',
        UnlockCommand: 'Remote',
      });
      assert.equal((await reportOf(stop)).stopReason, 'Local');
      assert.equal((await reportOf({ ...stop, reason: null })).stopReason, 'Local');
      const odd = await reportOf({ ...stop, reason: 'Tired' });
      assert.equal(odd.stopReason, 'Other');
      assert.deepEqual((odd.origin as { oddities: string[] }).oddities, [
        'schema:/reason must be equal to one of the allowed values',
      ]);
    });
  });

  describe('rule 3: transaction messages are never refused for their content', () => {
    const oddities = (port: RecordingPort) => (port.told as { origin: { oddities?: string[] } }).origin.oddities;

    it('StartTransaction with numbers as text, null for optional, a long tag and a time without zone', async () => {
      const payload = {
        connectorId: '2',
        idTag: 'x'.repeat(21),
        meterStart: '1000.5',
        reservationId: null,
        timestamp: '2026-03-01T09:59:58',
        vendor: 1,
      };
      const { reply, port } = await say('StartTransaction', payload);
      const { origin, ...report } = port.told as { origin: { raw: string } };
      assert.deepEqual(report, {
        evse: { evseId: 2, connectorId: 1 },
        idToken: { value: 'x'.repeat(21) },
        timestamp: { text: '2026-03-01T09:59:58', at: Date.parse(AT) },
        meterWh: '1000.5',
        readings: [],
      });
      assert.equal(origin.raw, callOf('StartTransaction', payload).frame);
      assert.deepEqual(oddities(port), [
        'schema: must NOT have additional properties',
        'schema:/connectorId must be integer',
        'schema:/idTag must NOT have more than 20 characters',
        'schema:/meterStart must be integer',
        'schema:/reservationId must be integer',
      ]);
      assert.equal(reply.kind, 'result');
    });

    it('StartTransaction without anything', async () => {
      for (const payload of [{}, null, [], 'x', 7]) {
        const { reply, port } = await say('StartTransaction', payload);
        assert.equal(reply.kind, 'result');
        const { origin: _, ...report } = port.told as { origin: object };
        assert.deepEqual(report, { timestamp: { text: '', at: null }, readings: [] });
        assert(oddities(port)?.includes('unreadable:/connectorId'));
      }
    });

    it('a meter that is no number is none, and flagged', async () => {
      for (const meterStart of ['abc', {}, null, true, '1e5', '']) {
        const { port } = await say('StartTransaction', { connectorId: 1, idTag: 'A', meterStart, timestamp: AT });
        assert.equal((port.told as { meterWh?: string }).meterWh, undefined);
        assert.deepEqual(oddities(port), ['schema:/meterStart must be integer']);
      }
    });

    it('MeterValues with vendor words, empty units, numbers as values, and single objects in place of lists', async () => {
      const { reply, port } = await say('MeterValues', {
        connectorId: '1',
        transactionId: null,
        meterValue: {
          timestamp: 1_772_000_000,
          sampledValue: [
            { value: 230.5, unit: '', measurand: 'X.Vendor', context: null, phase: 'L9' },
            { value: null },
            {},
            null,
            { value: '55', unit: '%', measurand: 'SoC' },
          ],
        },
      });
      assert.deepEqual(reply, result({}));
      const report = port.told as { readings: { values: object[] }[] };
      const defaults = {
        phase: null,
        location: 'Outlet',
        context: 'Sample.Periodic',
        format: 'Raw',
        basis: 'register',
      };
      assert.deepEqual(report.readings, [
        {
          timestamp: { text: '1772000000', at: null },
          values: [
            { ...defaults, measurand: 'X.Vendor', phase: 'L9', unit: null, value: '230.5' },
            { ...defaults, measurand: 'SoC', unit: '%', value: '55' },
          ],
        },
      ]);
      assert.deepEqual(oddities(port), [
        'schema:/connectorId must be integer',
        'schema:/transactionId must be integer',
        'schema:/meterValue must be array',
      ]);
    });

    it('a fault that every sample has is one flag, and there are at most ten', async () => {
      const meterValue = Array.from({ length: 3 }, () => ({
        timestamp: AT,
        sampledValue: Array.from({ length: 3 }, () => ({ value: '1', unit: 'Hz' })),
      }));
      const { port } = await say('MeterValues', { connectorId: 1, meterValue });
      assert.deepEqual(oddities(port), [
        'schema:/meterValue[]/sampledValue[]/unit must be equal to one of the allowed values',
      ]);
      const everything = { value: 1, context: 1, format: 1, measurand: 1, phase: 1, location: 1, unit: 1, more: 1 };
      const worse = await say('MeterValues', {
        connectorId: {},
        transactionId: {},
        meterValue: [{ timestamp: 1, sampledValue: [everything] }],
        more: 1,
      });
      assert.equal(oddities(worse.port)?.length, 11, 'ten of the schema and the unreadable connector');
    });

    it('a very long odd message is explained by its first problem only', async () => {
      const sampledValue = Array.from({ length: 5000 }, () => ({ value: 1, unit: 'Hz' }));
      const { reply, port } = await say('MeterValues', {
        connectorId: 1,
        meterValue: [{ timestamp: AT, sampledValue }],
      });
      assert.deepEqual(reply, result({}));
      assert.equal(oddities(port)?.length, 1);
    });

    it('MeterValues of no transaction, or of one that cannot be ours', async () => {
      for (const transactionId of [undefined, 0, -1]) {
        const { port } = await say('MeterValues', { connectorId: 0, transactionId, meterValue: [] });
        const { origin: _, ...report } = port.told as { origin: object };
        assert.deepEqual(report, { evseId: 0, readings: [] });
        assert.equal(oddities(port), undefined);
      }
    });

    it('rule 32: a connector that cannot be is none, and flagged', async () => {
      for (const connectorId of [-1, 1001, 1e300, 1.5]) {
        const start = await say('StartTransaction', { connectorId, idTag: 'A', meterStart: 0, timestamp: AT });
        assert.equal((start.port.told as { evse?: object }).evse, undefined);
        const meter = await say('MeterValues', { connectorId, meterValue: [] });
        assert.equal((meter.port.told as { evseId: number }).evseId, 0);
        for (const { port } of [start, meter]) assert(oddities(port)?.includes('unreadable:/connectorId'));
      }
    });

    it('rule 31: absurd times are told as they are', async () => {
      for (const [timestamp, told] of [
        ['1970-01-01T00:00:00Z', { text: '1970-01-01T00:00:00Z', at: 0 }],
        ['2099-01-01T00:00:00Z', at('2099-01-01T00:00:00Z')],
        ['soon', { text: 'soon', at: null }],
        ['x'.repeat(100), { text: 'x'.repeat(64), at: null }],
        [null, { text: '', at: null }],
      ]) {
        const { port } = await say('StopTransaction', { transactionId: 1, meterStop: 1, timestamp });
        assert.deepEqual((port.told as { timestamp: object }).timestamp, told);
      }
    });

    it('whatever they hold, they reach the port once and get a well-formed answer', async () => {
      const key = fc.constantFrom(
        'connectorId',
        'idTag',
        'meterStart',
        'meterStop',
        'timestamp',
        'transactionId',
        'reason',
        'meterValue',
        'transactionData',
        'sampledValue',
        'value',
        'unit',
        '__proto__',
      );
      const { payload } = fc.letrec((tie) => ({
        leaf: fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom(AT, '1', 1, -1, 1e300, 'Local')),
        payload: fc.dictionary(
          key,
          fc.oneof(
            { maxDepth: 3, withCrossShrink: true },
            tie('leaf'),
            tie('payload'),
            fc.array(tie('payload'), { maxLength: 2 }),
          ),
          { maxKeys: 6 },
        ),
      }));
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom('StartTransaction', 'StopTransaction', 'MeterValues'),
          payload,
          async (action, body) => {
            const { reply, port } = await say(action, body);
            assert.equal(reply.kind, 'result');
            assert.equal(port.calls.length, 1);
            assert((oddities(port)?.length ?? 0) <= 12);
          },
        ),
        { numRuns: 300 },
      );
    });
  });

  describe('other messages that break their schema', () => {
    const broken: [action: string, payload: unknown, code: string, description: string][] = [
      ['Authorize', { idTag: null }, 'TypeConstraintViolation', '/idTag must be string'],
      ['Authorize', {}, 'OccurrenceConstraintViolation', '/idTag is missing'],
      [
        'Authorize',
        { idTag: 'x'.repeat(21) },
        'PropertyConstraintViolation',
        '/idTag must NOT have more than 20 characters',
      ],
      ['Authorize', null, 'FormatViolation', 'the payload must be object'],
      ['Heartbeat', { secret: 1 }, 'FormatViolation', 'the payload must NOT have additional properties'],
      ['BootNotification', { chargePointVendor: 'a' }, 'OccurrenceConstraintViolation', '/chargePointModel is missing'],
      [
        'StatusNotification',
        { connectorId: '1', errorCode: 'NoError', status: 'Available' },
        'TypeConstraintViolation',
        '/connectorId must be integer',
      ],
      [
        'StatusNotification',
        { connectorId: 1, errorCode: 'NoError', status: 'Asleep' },
        'PropertyConstraintViolation',
        '/status must be equal to one of the allowed values',
      ],
      ['DataTransfer', { vendorId: 'v', data: {} }, 'TypeConstraintViolation', '/data must be string'],
    ];
    for (const [action, payload, code, description] of broken) {
      it(`rule 16: ${action} ${JSON.stringify(payload)} is refused with ${code}`, async () => {
        const { reply, port } = await say(action, payload);
        assert.deepEqual(reply, { kind: 'error', code, description });
        assert.deepEqual(port.calls, []);
      });
    }

    it('are taken and flagged when the station’s setting is lenient', async () => {
      const cases: [string, unknown, string, object][] = [
        ['Authorize', { idTag: 1234 }, 'authorize', { idToken: { value: '1234' } }],
        ['Authorize', { idTag: 'x'.repeat(300) }, 'authorize', { idToken: { value: 'x'.repeat(255) } }],
        [
          'StatusNotification',
          { connectorId: '1', errorCode: null, status: 'Available', timestamp: null },
          'connectorStatusChanged',
          { evseId: 1, connectorId: 1, status: 'Available', detail: 'Available', chargingState: 'Idle' },
        ],
        ['DataTransfer', { vendorId: 'v', data: { a: [1] } }, 'dataTransferred', { vendorId: 'v', data: '{"a":[1]}' }],
        ['DataTransfer', { vendorId: 'v', data: null }, 'dataTransferred', { vendorId: 'v' }],
        ['FirmwareStatusNotification', { status: 'Vendor' }, 'firmwareStatusChanged', { status: 'Vendor' }],
      ];
      for (const [action, payload, method, told] of cases) {
        const { reply, port } = await say(action, payload, new RecordingPort(), true);
        assert.equal(reply.kind, 'result');
        const [called, { origin, ...report }] = port.calls[0] as [string, { origin: { oddities: string[] } }];
        assert.equal(called, method);
        assert.deepEqual(report, told);
        assert(origin.oddities.length > 0);
      }
      const { reply } = await say('Heartbeat', { any: 1 }, new RecordingPort(), true);
      assert.equal(reply.kind, 'result');
    });

    it('are refused all the same when they say nothing', async () => {
      for (const [action, payload, code] of [
        ['Authorize', {}, 'OccurrenceConstraintViolation'],
        ['DataTransfer', { data: 'x' }, 'OccurrenceConstraintViolation'],
        ['DiagnosticsStatusNotification', { status: null }, 'TypeConstraintViolation'],
        ['FirmwareStatusNotification', null, 'FormatViolation'],
        ['LogStatusNotification', {}, 'OccurrenceConstraintViolation'],
        ['SignedFirmwareStatusNotification', { status: {} }, 'TypeConstraintViolation'],
        ['SecurityEventNotification', { timestamp: AT }, 'OccurrenceConstraintViolation'],
        ['SignCertificate', { csr: 7 }, 'TypeConstraintViolation'],
        [
          'StatusNotification',
          { connectorId: 1, errorCode: 'NoError', status: 'Asleep' },
          'PropertyConstraintViolation',
        ],
      ] as const) {
        const { reply, port } = await say(action, payload, new RecordingPort(), true);
        assert.equal(reply.kind === 'error' && reply.code, code);
        assert.deepEqual(port.calls, []);
      }
    });

    it('a connector number that cannot be is refused though the schema allows it', async () => {
      const { reply } = await say('StatusNotification', {
        connectorId: 99_999,
        errorCode: 'NoError',
        status: 'Available',
      });
      assert.equal(reply.kind === 'error' && reply.code, 'PropertyConstraintViolation');
    });
  });

  it('rule 17: an unknown action is NotImplemented, one that only we send is NotSupported', async () => {
    for (const [action, code] of [
      ['Dance', 'NotImplemented'],
      ['constructor', 'NotImplemented'],
      ['TransactionEvent', 'NotImplemented'],
      ['Reset', 'NotSupported'],
      ['GetLog', 'NotSupported'],
    ] as const) {
      const { reply } = await say(action, {});
      assert.equal(reply.kind === 'error' && reply.code, code);
    }
  });

  it('an error description holds nothing of the payload', async () => {
    const secret = 'top-secret';
    for (const action of MESSAGES.filter((message) => !message.isTransactional).map((message) => message.action)) {
      for (const payload of [{ [secret]: secret }, secret, [secret], { idTag: [secret], status: secret, csr: {} }]) {
        const { reply } = await say(action, payload);
        assert(!JSON.stringify(reply).includes(secret));
      }
    }
  });

  it('NUL characters never reach the port', async () => {
    const start = { connectorId: 1, idTag: 'A\u0000B', meterStart: 0, timestamp: AT };
    const { port } = await say('StartTransaction', start);
    const report = port.told as { idToken: { value: string }; origin: { oddities: string[]; raw: string } };
    assert.equal(report.idToken.value, 'A\ufffdB');
    assert.deepEqual(report.origin.oddities, ['nul-character']);
    assert(!report.origin.raw.includes('\u0000'));
    const authorize = await say('Authorize', { idTag: '\u0000' });
    assert.equal((authorize.port.told as typeof report).idToken.value, '\ufffd');
    const written = await say('DataTransfer', { vendorId: 'v', data: 'the text \\u0000 and \u0000' });
    assert.equal((written.port.told as { data: string }).data, 'the text \\u0000 and \ufffd');
  });

  it('times that a station takes for now tell its clock, unreadable ones do not', async () => {
    const port = new RecordingPort();
    await say('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Available', timestamp: AT }, port);
    await say('StartTransaction', { connectorId: 1, idTag: 'A', meterStart: 0, timestamp: AT }, port);
    await say('StopTransaction', { transactionId: 1, meterStop: 0, timestamp: AT }, port);
    await say(
      'MeterValues',
      {
        connectorId: 1,
        meterValue: [
          { timestamp: '2026-03-01T09:00:00Z', sampledValue: [] },
          { timestamp: AT, sampledValue: [] },
        ],
      },
      port,
    );
    assert.deepEqual(port.observedClocks, Array(4).fill(Date.parse(AT)));
    const none = new RecordingPort();
    await say('StartTransaction', { connectorId: 1, idTag: 'A', meterStart: 0, timestamp: 'soon' }, none);
    await say('MeterValues', { connectorId: 1, meterValue: [] }, none);
    await say('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Available' }, none);
    assert.deepEqual(none.observedClocks, []);
  });
});
