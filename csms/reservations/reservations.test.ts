import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import { badCursor } from '@voltpile/platform/database/keyset-page';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { idTokenNotAccepted, stationNotAccepted } from '../commands/accepted-token.ts';
import { endOverdueCommands } from '../commands/end-overdue.ts';
import { type AccessScope, EVERYTHING } from '../contract/access-scope.ts';
import type { ReservationInput, ReservationsPort, ReservationView } from '../contract/reservations-port.ts';
import type { CommandFacts, CommandOutcome } from '../contract/station-link.ts';
import { stationUnknown } from '../stations/station-writer.ts';
import { type Admitted, type CsmsBench, createCsmsBench } from '../testing/csms-bench.ts';
import { endDueReservations } from './end-due.ts';
import { evseInUse, evseReserved, numberTaken, tooManyReservations } from './prepare-reservation.ts';
import { badExpiry } from './reservation-rules.ts';
import { reservationNotFound, reservationOver } from './reservations-service.ts';

const HOUR_MS = 60 * 60_000;
const ANN = { requestedBy: 'ann@example.com' };
const ACCEPTED: CommandOutcome = {
  status: 'accepted',
  response: { status: 'Accepted' },
  facts: { kind: 'reservation', status: 'accepted' },
};

describe('reservations', () => {
  let bench: CsmsBench;
  let reservations: ReservationsPort;

  before(async () => {
    bench = await createCsmsBench();
    reservations = bench.csms.operatorPorts.reservations;
    const { idTokens } = bench.csms.operatorPorts;
    await idTokens.create(EVERYTHING, { idToken: 'CARD', type: 'ISO14443', groupIdToken: 'Fleet' });
    await idTokens.create(EVERYTHING, { idToken: 'BLOCKED', status: 'Blocked' });
  });
  after(() => bench[Symbol.asyncDispose]());
  beforeEach(() => {
    bench.link.executed.length = 0;
    bench.link.answer = async () => ACCEPTED;
  });

  const inHours = (hours: number): string => new Date(bench.clock.now() + hours * HOUR_MS).toISOString();
  const create = (stationId: string, more: Partial<ReservationInput> = {}): Promise<ReservationView> =>
    reservations.create(EVERYTHING, stationId, { idToken: 'Card', expiresAt: inHours(1), ...more }, ANN);
  /** The reservation as soon as its command has ended. */
  const answered = async ({ id, commandId }: ReservationView): Promise<ReservationView> => {
    await ended(commandId);
    return reservations.get(EVERYTHING, id);
  };
  const ended = async (commandId: string): Promise<void> => {
    const { wait, read } = bench.csms.operatorPorts.events;
    let last = (await read(EVERYTHING, null, 1)).lastId;
    for (;;) {
      const view = await bench.csms.operatorPorts.commands.get(EVERYTHING, commandId);
      if (view.status !== 'pending') return;
      await wait(last, 5000);
      last = (await read(EVERYTHING, null, 1)).lastId;
    }
  };
  const told = async (id: string) =>
    (await bench.events()).filter(({ type, data }) => type === 'reservation.changed' && data.id === id);
  const statuses = async (id: string) => (await told(id)).map(({ data }) => data.status);
  const endReport = (admitted: Admitted, reservationId: number, status: 'Expired' | 'Removed') =>
    bench.csms.stationPort.reservationEnded({ origin: bench.origin(admitted), reservationId, status });
  const due = () => endDueReservations({ knex: bench.test.knex, clock: bench.clock, onEvents: () => {} });
  const start = (admitted: Admitted, evseId: number, idToken = 'OTHER') =>
    bench.csms.stationPort.transactionStarted({
      origin: bench.origin(admitted),
      evse: { evseId, connectorId: 1 },
      idToken: { value: idToken },
      timestamp: { text: inHours(0), at: instant(bench.clock.now()) },
      meterWh: '0',
      readings: [],
    });

  it('are asked of the station, with the group and the type of the registered token', async () => {
    const { station } = await bench.connect('MAKE');
    const made = await create('MAKE', { evseId: 1 });
    assert.deepEqual(
      { ...made, id: '', commandId: '', organizationId: '', siteId: '' },
      {
        id: '',
        organizationId: '',
        siteId: '',
        stationId: 'MAKE',
        reservationId: made.reservationId,
        evseId: 1,
        connectorType: null,
        idToken: 'Card',
        groupIdToken: 'Fleet',
        status: 'requested',
        refusal: null,
        flags: [],
        commandId: '',
        transactionId: null,
        createdBy: 'ann@example.com',
        createdAt: inHours(0),
        expiresAt: inHours(1),
        endedAt: null,
        connectorStatus: null,
      },
    );
    assert.ok(made.reservationId > 0);
    const [sent] = bench.link.executed;
    assert.equal(sent?.station, station);
    assert.deepEqual(sent?.command, {
      action: 'reserve-now',
      payload: {
        reservationId: made.reservationId,
        evseId: 1,
        idToken: 'Card',
        idTokenType: 'ISO14443',
        groupIdToken: 'Fleet',
        expiresAt: inHours(1),
      },
    });
    const active = await answered(made);
    assert.deepEqual(active, { ...made, status: 'active' });
    const events = await told(made.id);
    const { connectorStatus: _, ...facts } = active;
    assert.deepEqual(
      events.map(({ data }) => data),
      [{ ...facts, status: 'requested' }, facts],
    );
    assert.equal(events[0]?.stationId, 'MAKE');
  });

  it('are refused in the station’s own words, and by what kept it from being asked', async () => {
    await bench.connect('REFUSE');
    const refused = async (outcome: CommandOutcome): Promise<unknown[]> => {
      bench.link.answer = async () => outcome;
      const { status, refusal, endedAt } = await answered(await create('REFUSE', { evseId: 1 }));
      assert.equal(endedAt, inHours(0));
      return [status, refusal];
    };
    const facts: CommandFacts = { kind: 'reservation', status: 'occupied' };
    assert.deepEqual(await refused({ status: 'rejected', response: {}, facts }), ['refused', 'Occupied']);
    assert.deepEqual(await refused({ status: 'failed', response: {} }), ['refused', 'Failed']);

    const { station, epoch } = await bench.connect('AWAY');
    await bench.csms.stationPort.disconnected(station, epoch, 'closed');
    const offline = await create('AWAY', { evseId: 1 });
    assert.deepEqual([offline.status, offline.refusal, offline.endedAt], ['refused', 'Offline', inHours(0)]);
    const { status } = await bench.csms.operatorPorts.commands.get(EVERYTHING, offline.commandId);
    assert.equal(status, 'offline');
  });

  it('are refused early when they cannot be meant', async () => {
    await bench.connect('EARLY');
    for (const expiresAt of [inHours(0), inHours(-1), inHours(30 * 24 + 1)]) {
      await assert.rejects(create('EARLY', { expiresAt }), badExpiry.is);
    }
    await assert.rejects(create('EARLY', { idToken: 'blocked' }), idTokenNotAccepted.is);
    await bench.csms.operatorPorts.stations.update(EVERYTHING, 'EARLY', { registrationStatus: 'Pending' });
    await assert.rejects(create('EARLY'), stationNotAccepted.is);
    await assert.rejects(create('NOWHERE'), stationUnknown.is);
    assert.deepEqual(bench.link.executed, []);
    assert.deepEqual((await reservations.list(EVERYTHING, { stationId: 'EARLY' }, { limit: 5 })).items, []);
  });

  it('are refused for an EVSE that is reserved or in use, but not on a guess', async () => {
    const admitted = await bench.connect('BUSY');
    const first = await answered(await create('BUSY', { evseId: 1 }));
    await assert.rejects(create('BUSY', { evseId: 1 }), evseReserved.is);
    await answered(await create('BUSY', { evseId: 2 }));
    // An answer that was lost stands in nobody's way, nor does a reservation of any EVSE.
    bench.link.answer = async () => ({ status: 'timeout', response: null });
    assert.equal((await answered(await create('BUSY', { evseId: 3 }))).status, 'unknown');
    bench.link.answer = async () => ACCEPTED;
    await answered(await create('BUSY', { evseId: 3 }));
    await answered(await create('BUSY', { evseId: 0 }));
    assert.equal((await answered(await create('BUSY'))).evseId, null);

    await start(admitted, 4);
    await assert.rejects(create('BUSY', { evseId: 4 }), evseInUse.is);
    // The connector is free again: the end was lost.
    bench.clock.advance(1000);
    await bench.csms.stationPort.connectorStatusChanged({
      origin: bench.origin(admitted),
      evseId: 4,
      connectorId: 1,
      status: 'Available',
      detail: 'Available',
    });
    await answered(await create('BUSY', { evseId: 4 }));

    bench.clock.advance(2 * HOUR_MS);
    // The first one is over, also where nobody has come by to say so.
    assert.equal((await reservations.get(EVERYTHING, first.id)).status, 'active');
    await answered(await create('BUSY', { evseId: 1 }));
    await due();
  });

  it('take the place of one of the same number', async () => {
    await bench.connect('SAME');
    const { commands } = bench.csms.operatorPorts;
    const reserve = async (hours: number): Promise<ReservationView> => {
      const payload = { reservationId: 7, evseId: 1, idToken: 'CARD', expiresAt: inHours(hours) };
      const { id } = await commands.submit(EVERYTHING, 'SAME', { action: 'reserve-now', payload, ...ANN }, ['operate']);
      const { items } = await reservations.list(EVERYTHING, { stationId: 'SAME' }, { limit: 1 });
      assert.equal(items[0]?.commandId, id);
      return items[0] as ReservationView;
    };
    const first = await answered(await reserve(1));
    const second = await answered(await reserve(2));
    assert.equal(second.status, 'active');
    assert.equal((await reservations.get(EVERYTHING, first.id)).status, 'removed');
    // Two requests of one number at once would leave it open which of them the station holds.
    const answer = Promise.withResolvers<CommandOutcome>();
    bench.link.answer = () => answer.promise;
    const third = await reserve(3);
    await assert.rejects(reserve(4), numberTaken.is);
    answer.resolve({ status: 'rejected', response: {} });
    assert.equal((await answered(third)).status, 'refused');
    assert.equal((await reservations.get(EVERYTHING, second.id)).status, 'active');
  });

  it('are limited in number for each station', async () => {
    await bench.connect('MANY');
    await answered(await create('MANY'));
    await bench.rows(
      `insert into csms.reservations (id, organization_id, site_id, station_id, number, id_token, display_id_token, status, command_id,
         created_at, expires_at)
       select gen_random_uuid(), organization_id, site_id, station_id, -1 + n, id_token, display_id_token, 'unknown', gen_random_uuid(),
         created_at, expires_at
       from csms.reservations r, generate_series(1, 499) n where r.station_id = (select id from csms.stations where identity = 'MANY')`,
    );
    await assert.rejects(create('MANY'), tooManyReservations.is);
  });

  it('are cancelled when the station accepts that, and gone when it knows of none', async () => {
    await bench.connect('CANCEL');
    const first = await answered(await create('CANCEL', { evseId: 1 }));
    const command = await reservations.cancel(EVERYTHING, first.id, ANN);
    assert.deepEqual(
      [command.action, command.payload, command.requestedBy],
      ['cancel-reservation', { reservationId: first.reservationId }, 'ann@example.com'],
    );
    await ended(command.id);
    const cancelled = await reservations.get(EVERYTHING, first.id);
    assert.deepEqual([cancelled.status, cancelled.endedAt], ['cancelled', inHours(0)]);
    assert.deepEqual(await statuses(first.id), ['requested', 'active', 'cancelled']);
    await assert.rejects(reservations.cancel(EVERYTHING, first.id, ANN), reservationOver.is);

    const second = await answered(await create('CANCEL', { evseId: 1 }));
    bench.link.answer = async () => ({ status: 'timeout', response: null });
    await ended((await reservations.cancel(EVERYTHING, second.id, ANN)).id);
    assert.equal((await reservations.get(EVERYTHING, second.id)).status, 'active');
    bench.link.answer = async () => ({ status: 'rejected', response: { status: 'Rejected' } });
    await ended((await reservations.cancel(EVERYTHING, second.id, ANN)).id);
    const { status, flags } = await reservations.get(EVERYTHING, second.id);
    assert.deepEqual([status, flags], ['removed', ['unknown-to-station']]);
  });

  it('expire by the clock, and by the station’s word, once', async () => {
    const admitted = await bench.connect('EXPIRE');
    const first = await answered(await create('EXPIRE', { evseId: 1 }));
    const second = await answered(await create('EXPIRE', { evseId: 2, expiresAt: inHours(2) }));
    await endReport(admitted, second.reservationId, 'Removed');
    await endReport(admitted, second.reservationId, 'Removed');
    assert.deepEqual(await statuses(second.id), ['requested', 'active', 'removed']);
    await due();
    assert.equal((await reservations.get(EVERYTHING, first.id)).status, 'active');
    bench.clock.advance(HOUR_MS);
    assert.ok((await due()) > 0);
    assert.equal(await due(), 0);
    await endReport(admitted, first.reservationId, 'Expired');
    assert.deepEqual(await statuses(first.id), ['requested', 'active', 'expired']);
    const { status, endedAt, expiresAt } = await reservations.get(EVERYTHING, first.id);
    assert.deepEqual([status, endedAt], ['expired', expiresAt]);
  });

  it('that nobody here has made are kept as facts when they end', async () => {
    const admitted = await bench.connect('FOREIGN');
    await endReport(admitted, 99, 'Expired');
    const rows = await bench.rows(`select detail, flags from csms.station_reports where kind = 'reservation-end'`);
    assert.deepEqual(rows, [
      { detail: { kind: 'reservation-end', reservationId: 99, status: 'Expired' }, flags: ['reservation-unknown'] },
    ]);
  });

  it('are in doubt when the process that asked has died', async () => {
    await bench.connect('DIED');
    const answer = Promise.withResolvers<CommandOutcome>();
    bench.link.answer = () => answer.promise;
    const made = await create('DIED', { evseId: 1, expiresAt: inHours(5) });
    bench.clock.advance(60_000);
    const { knex } = bench.test;
    const logger = createLogger({ level: 'silent', format: 'json' });
    await endOverdueCommands({ knex, clock: bench.clock, logger, onEvents: () => {} });
    assert.ok((await due()) > 0);
    assert.equal((await reservations.get(EVERYTHING, made.id)).status, 'unknown');
    answer.resolve({ status: 'timeout', response: null });
  });

  it('are listed by station, status and token, in pages, within the scope', async () => {
    const admitted = await bench.connect('LIST');
    const made: ReservationView[] = [];
    for (const evseId of [1, 2, 3]) made.unshift(await answered(await create('LIST', { evseId })));
    const list = async (filter: Parameters<ReservationsPort['list']>[1], scope: AccessScope = EVERYTHING) =>
      (await reservations.list(scope, filter, { limit: 50 })).items.map(({ id }) => id);
    const ids = made.map(({ id }) => id);
    assert.deepEqual(await list({ stationId: 'LIST' }), ids);
    assert.deepEqual(await list({ stationId: 'LIST', status: 'used' }), []);
    assert.deepEqual(await list({ stationId: 'LIST', status: 'active', idToken: 'cARD' }), ids);
    assert.deepEqual(await list({ stationId: 'LIST', idToken: 'x' }), []);
    assert.deepEqual(await list({ idToken: '\u0000' }), []);
    const first = await reservations.list(EVERYTHING, { stationId: 'LIST' }, { limit: 2 });
    assert.deepEqual(
      first.items.map(({ id }) => id),
      ids.slice(0, 2),
    );
    const cursor = first.nextCursor ?? '';
    const second = await reservations.list(EVERYTHING, { stationId: 'LIST' }, { limit: 2, cursor });
    assert.deepEqual([second.items[0]?.id, second.nextCursor], [ids[2], null]);
    await assert.rejects(reservations.list(EVERYTHING, {}, { limit: 2, cursor: 'x' }), badCursor.is);

    const elsewhere = { kind: 'organizations', organizationIds: [uuidv7()] } as const;
    assert.deepEqual(await list({}, elsewhere), []);
    await assert.rejects(reservations.get(elsewhere, ids[0] ?? ''), reservationNotFound.is);
    await assert.rejects(reservations.cancel(elsewhere, ids[0] ?? '', ANN), reservationNotFound.is);
    await assert.rejects(reservations.get(EVERYTHING, 'x'), reservationNotFound.is);

    // What cancels nothing by itself is shown.
    await bench.csms.stationPort.connectorStatusChanged({
      origin: bench.origin(admitted),
      evseId: 2,
      connectorId: 1,
      status: 'Faulted',
      detail: 'Faulted',
    });
    const broken = await reservations.get(EVERYTHING, ids[1] ?? '');
    assert.deepEqual([broken.evseId, broken.status, broken.connectorStatus], [2, 'active', 'Faulted']);
  });
});
