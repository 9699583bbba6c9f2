import assert from 'node:assert/strict';
import { once } from 'node:events';
import { OcppClient } from 'ocpp-ts';
import type { TransactionDocument } from './harness/api-views.ts';
import { type ServerInProcess, startInProcess } from './harness/server-in-process.ts';

/**
 * A charge through the npm client `ocpp-ts`: a reading of OCPP 1.6 that shares nothing with the server, nor with `ocpp-rpc`, which drives
 * the simulators.
 */
describe('the npm client ocpp-ts', () => {
  let server: ServerInProcess;

  before(async () => {
    server = await startInProcess({ config: { onboarding: 'accept' } });
  });
  // The client has no way to close its socket: the server does when it stops.
  after(() => server[Symbol.asyncDispose]());

  it('boots and charges', async () => {
    const api = await server.login();
    await api.post('/id-tokens', { idToken: 'CARD', type: 'ISO14443', status: 'Accepted' });
    const client = new OcppClient('ocpp-ts-1');
    client.on('error', (error: Error) => assert.fail(error));
    const connected = once(client, 'connect');
    client.connect(`${server.ocpp}/`);
    await connected;
    const boot = await client.callRequest('BootNotification', {
      chargePointVendor: 'Npm',
      chargePointModel: 'Client',
    });
    assert.equal(boot.status, 'Accepted');
    await client.callRequest('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Preparing' });
    const card = await client.callRequest('Authorize', { idTag: 'CARD' });
    assert.equal(card.idTagInfo.status, 'Accepted');
    const begin = Date.now() - 30_000;
    const time = (seconds: number) => new Date(begin + seconds * 1000).toISOString();
    const start = await client.callRequest('StartTransaction', {
      connectorId: 1,
      idTag: 'CARD',
      meterStart: 1000,
      timestamp: time(0),
    });
    assert.equal(start.idTagInfo.status, 'Accepted');
    const { transactionId } = start;
    await client.callRequest('MeterValues', {
      connectorId: 1,
      transactionId,
      meterValue: [{ timestamp: time(10), sampledValue: [{ value: '1100' }] }],
    });
    await client.callRequest('StopTransaction', { transactionId, meterStop: 1250, timestamp: time(20) });
    const [one, ...others] = await api.all<TransactionDocument>('/transactions?stationId=ocpp-ts-1');
    assert.deepEqual([one?.status, one?.energyWh, one?.flags, others.length], ['ended', 250, [], 0]);
  });
});
