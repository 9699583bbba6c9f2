import assert from 'node:assert/strict';
import { toIso } from '@voltpile/kernel/clock';
import { EVERYTHING } from '../contract/access-scope.ts';
import { type CsmsBench, createCsmsBench } from '../testing/csms-bench.ts';
import { namedReport } from '../testing/named-reports.ts';

describe('a reservation and the transaction that it was made for', () => {
  let bench: CsmsBench;

  before(async () => {
    bench = await createCsmsBench();
    const { idTokens } = bench.csms.operatorPorts;
    await idTokens.create(EVERYTHING, { idToken: 'CARD', groupIdToken: 'FAMILY' });
    await idTokens.create(EVERYTHING, { idToken: 'SISTER', groupIdToken: 'FAMILY' });
  });
  after(() => bench[Symbol.asyncDispose]());

  async function reserve(identity: string) {
    const admitted = await bench.connect(identity);
    await bench.csms.stationPort.booted({
      origin: bench.origin(admitted),
      vendor: null,
      model: null,
      serialNumber: null,
      firmwareVersion: null,
      iccid: null,
      imsi: null,
      meterType: null,
      meterSerialNumber: null,
    });
    await bench.csms.operatorPorts.stations.update(EVERYTHING, identity, { registrationStatus: 'Accepted' });
    bench.link.answer = async () => ({
      status: 'accepted',
      response: { status: 'Accepted' },
      facts: { kind: 'reservation', status: 'accepted' },
    });
    const expiresAt = new Date(bench.clock.now() + 3_600_000).toISOString();
    const made = await bench.csms.operatorPorts.reservations.create(
      EVERYTHING,
      identity,
      { evseId: 1, idToken: 'CARD', expiresAt },
      { requestedBy: null },
    );
    return { admitted, made };
  }

  it('is used by a start that names it, and told', async () => {
    const { admitted, made } = await reserve('NAMED');
    const at = toIso(bench.clock.now());
    const decision = await bench.csms.stationPort.transactionStarted({
      origin: bench.origin(admitted),
      evse: { evseId: 1, connectorId: 1 },
      idToken: { value: 'CARD' },
      timestamp: { text: at, at: bench.clock.now() },
      meterWh: '0',
      readings: [],
      reservationId: made.reservationId,
    });
    const now = await bench.csms.operatorPorts.reservations.get(EVERYTHING, made.id);
    assert.deepEqual([now.status, now.transactionId], ['used', decision.transactionId]);
    const told = (await bench.events()).filter(
      ({ type, data }) => type === 'reservation.changed' && data.status === 'used',
    );
    assert.equal(told.length, 1);
  });

  it('is used by a token of the group whose EVSE becomes known later, in a transaction that the station names', async () => {
    const { admitted, made } = await reserve('GROUP');
    const facts = {
      station: admitted.station,
      name: 'tx-1',
      at: toIso(bench.clock.now()),
      receivedAt: bench.clock.now(),
    };
    const started = await bench.csms.stationPort.transactionStarted(
      namedReport({ ...facts, number: 0, token: 'SISTER' }),
    );
    assert.notEqual((await bench.csms.operatorPorts.reservations.get(EVERYTHING, made.id)).status, 'used');
    await bench.csms.stationPort.transactionUpdated(namedReport({ ...facts, number: 1, evseId: 1 }));
    const now = await bench.csms.operatorPorts.reservations.get(EVERYTHING, made.id);
    assert.deepEqual([now.status, now.transactionId, now.flags], ['used', started.transactionId, []]);
  });
});
