import assert from 'node:assert/strict';
import { type Instant, instant } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { classifyDatabaseError } from '@voltpile/platform/database/connection';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { ReservationStatus } from '../contract/reservations-port.ts';
import { reservationEvent } from '../reservations/reservation-events.ts';
import { type Admitted, type CsmsBench, createCsmsBench } from '../testing/csms-bench.ts';
import { BatchConnection, WRITER_CLIENT } from './batch-connection.ts';
import { type StartedTransaction, useReservations } from './reservation-statements.ts';
import { findReservation, insertReservation, type NewReservation } from './reservations-repository.ts';

const MINUTE_MS = 60_000;

describe('the use of reservations', () => {
  let bench: CsmsBench;
  let connection: BatchConnection;
  let admitted: Admitted;
  let place: { organizationId: Uuid; siteId: Uuid };
  let stations = 0;

  before(async () => {
    bench = await createCsmsBench();
    connection = new BatchConnection(() => bench.test.database.dedicatedClient(WRITER_CLIENT), classifyDatabaseError);
  });
  after(async () => {
    await connection.close();
    await bench[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    const identity = `USE-${++stations}`;
    admitted = await bench.connect(identity);
    place = await bench.csms.operatorPorts.stations.get(EVERYTHING, identity);
  });

  const at = (minutes: number): Instant => instant(bench.clock.now() + minutes * MINUTE_MS);
  /** Made now, for an hour. */
  const reserve = async (more: Partial<NewReservation> = {}): Promise<Uuid> => {
    const { organizationId, siteId } = place;
    const { facts } = await insertReservation(bench.test.knex, {
      id: uuidv7(),
      organizationId,
      siteId,
      station: admitted.station,
      number: 5,
      evseId: 1,
      connectorType: null,
      idToken: 'Card',
      groupIdToken: 'Fleet',
      status: 'active',
      refusal: null,
      commandId: uuidv7(),
      createdBy: 'ann@example.com',
      createdAt: at(0),
      expiresAt: at(60),
      endedAt: null,
      ...more,
    });
    return facts.id;
  };
  const started = (more: Partial<StartedTransaction> = {}): StartedTransaction => ({
    transactionId: uuidv7(),
    stationId: admitted.station,
    evseId: 1,
    reservationId: null,
    idToken: null,
    groupIdToken: null,
    startedAt: at(10),
    ...more,
  });
  const use = async (...transactions: StartedTransaction[]): Promise<unknown[]> => {
    const [result] = await connection.transaction((transaction) => transaction.finish([useReservations(transactions)]));
    return result?.rows ?? [];
  };
  const read = async (id: Uuid) => (await findReservation(bench.test.knex, EVERYTHING, id))?.facts;
  const state = async (id: Uuid): Promise<unknown[]> => {
    const facts = await read(id);
    return [facts?.status, facts?.transactionId, facts?.flags];
  };
  const told = async (id: Uuid) =>
    (await bench.events()).filter(({ type, data }) => type === 'reservation.changed' && data.id === id);

  it('goes by the number that the station repeats, and tells of it as everybody does', async () => {
    const id = await reserve();
    const start = started({ reservationId: 5, idToken: 'CARD' });
    assert.deepEqual(await use(start), [{ id, transaction_id: start.transactionId }]);
    const facts = await read(id);
    assert.deepEqual(
      [facts?.status, facts?.transactionId, facts?.endedAt, facts?.flags],
      ['used', start.transactionId, new Date(start.startedAt).toISOString(), []],
    );
    assert.ok(facts);
    const { data, organizationId: _, siteId: __, ...event } = reservationEvent(facts);
    assert.deepEqual(await told(id), [{ ...event, data }]);
    // Sent once more it changes nothing.
    assert.deepEqual(await use(start), []);
    assert.equal((await told(id)).length, 1);
  });

  it('goes by the token or the group where the station repeats no number, or one that is not ours', async () => {
    for (const more of [
      { idToken: 'CARD' },
      { idToken: 'other', groupIdToken: 'FLEET' },
      { idToken: 'card', reservationId: 0 },
    ]) {
      const id = await reserve({ number: 6 });
      const start = started(more);
      await use(start);
      assert.deepEqual(await state(id), ['used', start.transactionId, []], JSON.stringify(more));
    }
    const id = await reserve();
    for (const more of [
      { idToken: 'other' },
      { idToken: 'other', groupIdToken: 'else' },
      { idToken: null, groupIdToken: null },
      { idToken: 'card', evseId: 2 },
      { idToken: 'card', evseId: null },
      { idToken: 'card', startedAt: at(62) },
      { idToken: 'card', startedAt: at(-2) },
    ]) {
      assert.deepEqual(await use(started(more)), [], JSON.stringify(more));
    }
    assert.equal((await read(id))?.status, 'active');
    // A minute is within what clocks may be off.
    assert.equal((await use(started({ idToken: 'card', startedAt: at(60.5) }))).length, 1);
  });

  it('takes one at the EVSE before one of any, and one of the token before one of the group', async () => {
    const any = await reserve({ number: 1, evseId: null });
    const group = await reserve({ number: 2, idToken: 'colleague' });
    const own = await reserve({ number: 3, evseId: 1 });
    for (const id of [own, group, any]) {
      const start = started({ idToken: 'card', groupIdToken: 'fleet' });
      assert.deepEqual(await use(start), [{ id, transaction_id: start.transactionId }]);
    }
  });

  it('is one reservation a start, and one start a reservation', async () => {
    const first = await reserve({ number: 1 });
    const second = await reserve({ number: 2, evseId: null });
    const start = started({ idToken: 'card' });
    await use(start);
    assert.deepEqual(await use(start), []);
    assert.equal((await read(second))?.status, 'active');
    // Two in one commit: the one that is named goes first.
    const named = started({ reservationId: 2, idToken: 'card', evseId: 2 });
    assert.deepEqual(await use(started({ idToken: 'card' }), named), [
      { id: second, transaction_id: named.transactionId },
    ]);
    // A number that is named twice was used by the first.
    await use(started({ reservationId: 1, idToken: 'card' }));
    await use(started({ reservationId: 1, idToken: 'card' }));
    assert.deepEqual(await state(first), ['used', start.transactionId, ['used-twice']]);
    assert.equal((await told(first)).length, 2);
  });

  it('by somebody else is kept and flagged', async () => {
    const id = await reserve();
    const start = started({ reservationId: 5, idToken: 'stranger', groupIdToken: 'strangers' });
    await use(start);
    assert.deepEqual(await state(id), ['used', start.transactionId, ['other-token']]);
    const group = await reserve();
    await use(started({ reservationId: 5, idToken: 'colleague', groupIdToken: 'fleet' }));
    assert.deepEqual((await read(group))?.flags, []);
    // Nobody has shown a token yet (2.x tells it in any event).
    const silent = await reserve();
    await use(started({ reservationId: 5 }));
    assert.deepEqual((await read(silent))?.flags, []);
  });

  it('may be told late, and is believed whatever we think of the reservation', async () => {
    const cases: [ReservationStatus, number, string[]][] = [
      ['expired', 10, []],
      ['expired', 90, ['used-after-end:expired']],
      ['requested', 10, []],
      ['unknown', 10, []],
      ['cancelled', 10, ['used-after-end:cancelled']],
      ['removed', 10, ['used-after-end:removed']],
      ['refused', 10, ['used-after-end:refused']],
    ];
    for (const [index, [status, minutes, flags]] of cases.entries()) {
      const id = await reserve({ status, number: 100 + index });
      const start = started({ reservationId: 100 + index, idToken: 'card', startedAt: at(minutes) });
      await use(start);
      assert.deepEqual(await state(id), ['used', start.transactionId, flags], status);
    }
    // By its token alone only what had not been given up.
    for (const status of ['cancelled', 'removed', 'refused'] as const) await reserve({ status });
    assert.deepEqual(await use(started({ idToken: 'card' })), []);
    const late = await reserve({ status: 'expired' });
    assert.equal((await use(started({ idToken: 'card' }))).length, 1);
    assert.equal((await read(late))?.status, 'used');
  });

  it('takes the one that may still be used when a number has come twice', async () => {
    const open = await reserve();
    const newer = await reserve({ status: 'cancelled' });
    await use(started({ reservationId: 5, idToken: 'card' }));
    assert.equal((await read(open))?.status, 'used');
    assert.equal((await read(newer))?.status, 'cancelled');
  });
});
