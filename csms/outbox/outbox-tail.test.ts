import assert from 'node:assert/strict';
import { uuidv7 } from '@voltpile/kernel/ids';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import fc from 'fast-check';
import type { Client } from 'pg';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { DomainEvent, EventsPort } from '../contract/events.ts';
import { csmsMigrations } from '../persistence/migrations.ts';
import { badEventId, createEventsService } from './events-service.ts';
import { eventsNotReady, OutboxTail, type OutboxTailOptions } from './outbox-tail.ts';
import { OutboxRelay } from './relay.ts';

const ORGANIZATION = uuidv7();
const logger = createLogger({ level: 'silent', format: 'json' });

/** A transaction that has written a fact, so that it has its number, before it takes event ids. */
class Writer {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async begin(test: TestDatabase): Promise<Writer> {
    const client = await test.database.dedicatedClient();
    await client.query('begin');
    await client.query('insert into csms.organizations (id, name) values ($1, $2)', [uuidv7(), 'A fact']);
    return new Writer(client);
  }

  async append(note: string, where: { organizationId?: string; siteId?: string } = {}): Promise<string> {
    const { rows } = await this.#client.query(
      `insert into csms.outbox (type, organization_id, site_id, station_id, data)
       values ('station.updated', $1, $2, 'CS1', $3) returning id`,
      [where.organizationId ?? ORGANIZATION, where.siteId ?? null, { note }],
    );
    return rows[0].id;
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    await this.#client.query(how);
    await this.#client.end();
  }
}

async function append(test: TestDatabase, ...notes: readonly string[]): Promise<void> {
  const writer = await Writer.begin(test);
  for (const note of notes) await writer.append(note);
  await writer.end('commit');
}

const notesOf = (events: readonly DomainEvent[]): unknown[] => events.map(({ data }) => data.note);

describe('outbox', () => {
  let test: TestDatabase;
  let tail: OutboxTail;
  let events: EventsPort;

  const open = (options: Partial<OutboxTailOptions> = {}): void => {
    tail = new OutboxTail({ pool: test.pool, logger, pollIntervalMs: 50, minPauseMs: 1, ...options });
    events = createEventsService({ tail, knex: test.knex, pool: test.pool });
  };

  /** Reads until so many events have come. */
  const collect = async (afterId: string, count: number): Promise<DomainEvent[]> => {
    const found: DomainEvent[] = [];
    let last = afterId;
    while (found.length < count) {
      const page = await events.read(EVERYTHING, last, 100);
      assert.equal(page.kind, 'events');
      if (page.kind !== 'events') break;
      found.push(...page.items);
      if (page.lastId === last) await events.wait(last, 5000);
      last = page.lastId;
    }
    return found;
  };

  const newest = async (): Promise<string> => (await events.read(EVERYTHING, null, 1)).lastId;

  beforeEach(async () => {
    test = await createTestDatabase({ migrations: [csmsMigrations] });
    open();
  });
  afterEach(async () => {
    await tail.stop();
    await test.dispose();
  });

  it('starts at the newest event, and tells what comes', async () => {
    await append(test, 'old');
    const start = await newest();
    const reading = collect(start, 2);
    await append(test, 'one', 'two');
    tail.poke();
    const found = await reading;
    assert.deepEqual(notesOf(found), ['one', 'two']);
    assert.deepEqual(found[0], {
      id: String(BigInt(start) + 1n),
      type: 'station.updated',
      recordedAt: found[0]?.recordedAt,
      organizationId: ORGANIZATION,
      siteId: null,
      stationId: 'CS1',
      data: { note: 'one' },
    });
    assert.ok(Math.abs((found[0]?.recordedAt ?? 0) - Date.now()) < 60_000);
  });

  it('finds what other processes wrote without being told', async () => {
    const start = await newest();
    await append(test, 'from elsewhere');
    assert.deepEqual(notesOf(await collect(start, 1)), ['from elsewhere']);
  });

  it('does not pass a commit that is still under way', async () => {
    const start = await newest();
    const slow = await Writer.begin(test);
    const quick = await Writer.begin(test);
    await slow.append('first');
    const second = await quick.append('second');
    await quick.end('commit');
    // Other transactions begin and end meanwhile: none of them may open the way.
    for (let index = 0; index < 5; index++) {
      await (await Writer.begin(test)).end(index % 2 === 0 ? 'commit' : 'rollback');
      tail.poke();
      await tail.changed(BigInt(start), 30);
    }
    const waiting = await events.read(EVERYTHING, start, 10);
    assert.deepEqual(waiting, { kind: 'events', items: [], lastId: start });
    await slow.end('commit');
    tail.poke();
    const found = await collect(start, 2);
    assert.deepEqual(notesOf(found), ['first', 'second']);
    assert.equal(found[1]?.id, second);
  });

  it('waits for a transaction that is newer than the one whose event is readable', async () => {
    // The trap of taking a snapshot's xmax for a bound: the slow transaction has the larger number.
    const start = await newest();
    const quick = await Writer.begin(test);
    const slow = await Writer.begin(test);
    await slow.append('first');
    await quick.append('second');
    await quick.end('commit');
    for (let index = 0; index < 5; index++) {
      tail.poke();
      await tail.changed(BigInt(start), 30);
    }
    assert.equal((await events.read(EVERYTHING, start, 10)).lastId, start);
    await slow.end('commit');
    tail.poke();
    assert.deepEqual(notesOf(await collect(start, 2)), ['first', 'second']);
  });

  it('passes a gap that will never be filled', async () => {
    const start = await newest();
    const failed = await Writer.begin(test);
    const fine = await Writer.begin(test);
    await failed.append('never');
    await fine.append('fine');
    await failed.end('rollback');
    await fine.end('commit');
    tail.poke();
    assert.deepEqual(notesOf(await collect(start, 1)), ['fine']);
  });

  it('begins behind a commit that is under way at its start', async () => {
    await append(test, 'old');
    const slow = await Writer.begin(test);
    const quick = await Writer.begin(test);
    await slow.append('first');
    await quick.append('second');
    await quick.end('commit');
    await assert.rejects(tail.safeId(30), eventsNotReady.is);
    await slow.end('commit');
    const start = await newest();
    assert.equal(start, '3');
    assert.deepEqual(notesOf(await collect('1', 2)), ['first', 'second']);
  });

  it('loses nothing and keeps the order however commits interleave', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ writer: fc.nat(3), act: fc.constantFrom('append', 'append', 'commit', 'rollback') }), {
          minLength: 1,
          maxLength: 25,
        }),
        async (steps) => {
          const start = await newest();
          const writers = new Map<number, { writer: Writer; notes: string[] }>();
          const expected: string[] = [];
          const seen: DomainEvent[] = [];
          let last = start;
          const look = async (): Promise<void> => {
            const page = await events.read(EVERYTHING, last, 100);
            if (page.kind === 'events') seen.push(...page.items);
            last = page.lastId;
          };
          for (const [index, { writer: which, act }] of steps.entries()) {
            const open = writers.get(which) ?? { writer: await Writer.begin(test), notes: [] };
            writers.set(which, open);
            if (act === 'append') {
              const note = `${index}`;
              open.notes.push(await open.writer.append(note));
            } else {
              writers.delete(which);
              await open.writer.end(act);
              if (act === 'commit') expected.push(...open.notes);
            }
            tail.poke();
            await look();
          }
          for (const { writer, notes } of writers.values()) {
            await writer.end('commit');
            expected.push(...notes);
          }
          while (seen.length < expected.length) {
            await events.wait(last, 5000);
            await look();
          }
          assert.deepEqual(
            seen.map(({ id }) => id),
            expected.sort((a, b) => Number(BigInt(a) - BigInt(b))),
          );
        },
      ),
      { numRuns: 25 },
    );
  });

  it('shows each reader its own scope, from memory and from the table', async () => {
    const start = await newest();
    const [mine, other, site] = [uuidv7(), uuidv7(), uuidv7()];
    const writer = await Writer.begin(test);
    await writer.append('mine', { organizationId: mine });
    await writer.append('at my site', { organizationId: other, siteId: site });
    await writer.append('not mine', { organizationId: other });
    await writer.end('commit');
    await collect(start, 3);
    const organizations = { kind: 'organizations', organizationIds: [mine] } as const;
    const sites = { kind: 'sites', siteIds: [site] } as const;
    for (const from of ['memory', 'table']) {
      if (from === 'table') {
        await tail.stop();
        open();
      }
      const seen = async (scope: typeof organizations | typeof sites): Promise<unknown> => {
        const page = await events.read(scope, start, 10);
        assert.equal(page.lastId, String(BigInt(start) + 3n), from);
        return page.kind === 'events' ? notesOf(page.items) : page;
      };
      assert.deepEqual(await seen(organizations), ['mine'], from);
      assert.deepEqual(await seen(sites), ['at my site'], from);
    }
  });

  it('pages, from memory and from the table', async () => {
    const start = await newest();
    await append(test, ...Array.from({ length: 7 }, (_, index) => `${index}`));
    assert.equal((await collect(start, 7)).length, 7);
    for (const from of ['memory', 'table']) {
      if (from === 'table') {
        await tail.stop();
        open();
      }
      const seen: unknown[] = [];
      let last = start;
      for (let round = 0; round < 4; round++) {
        const page = await events.read(EVERYTHING, last, 3);
        assert.ok(page.kind === 'events' && page.items.length <= 3);
        seen.push(...notesOf(page.items));
        last = page.lastId;
      }
      assert.deepEqual(seen, ['0', '1', '2', '3', '4', '5', '6'], from);
    }
  });

  it('keeps no more in memory than it should, and reads the rest from the table', async () => {
    await tail.stop();
    open({ maxWindow: 3, maxWindowBytes: 1000 });
    const start = await newest();
    await append(test, 'a', 'b', 'c', 'd', 'e');
    assert.equal((await collect(start, 5)).length, 5);
    assert.equal(tail.recent(BigInt(start)), undefined);
    assert.equal(tail.recent(BigInt(start) + 2n)?.length, 3);
    assert.deepEqual(notesOf(await collect(start, 5)), ['a', 'b', 'c', 'd', 'e']);
    await append(test, 'x'.repeat(900), 'y'.repeat(900));
    assert.equal((await collect(String(BigInt(start) + 5n), 2)).length, 2);
    assert.equal(tail.recent(BigInt(start) + 6n)?.length, 1);
    assert.equal(tail.recent(BigInt(start) + 5n), undefined);
  });

  it('tells a reader who comes back too late, or from elsewhere, to start over', async () => {
    await append(test, 'a', 'b', 'c');
    await test.pool.query('delete from csms.outbox where id < 3');
    assert.deepEqual(await events.read(EVERYTHING, '1', 10), { kind: 'reset', lastId: '3' });
    assert.equal((await events.read(EVERYTHING, '2', 10)).kind, 'events');
    assert.deepEqual(await events.read(EVERYTHING, '4000', 10), { kind: 'reset', lastId: '3' });
    for (const bad of ['', '-1', 'x', '1e3', '9'.repeat(19), '1'.repeat(20)]) {
      await assert.rejects(events.read(EVERYTHING, bad, 10), badEventId.is, bad);
    }
    await assert.rejects(events.wait('x', 10), badEventId.is);
  });

  it('lets readers wait while another process is ahead', async () => {
    const start = await newest();
    await append(test, 'ahead');
    const ahead = String(BigInt(start) + 1n);
    await collect(start, 1);
    // A tail that has not looked since.
    const behind = new OutboxTail({ pool: test.pool, logger, pollIntervalMs: 60_000 });
    const port = createEventsService({ tail: behind, knex: test.knex, pool: test.pool });
    try {
      await port.read(EVERYTHING, null, 1);
      await append(test, 'further');
      const further = String(BigInt(ahead) + 1n);
      assert.deepEqual(await port.read(EVERYTHING, further, 10), { kind: 'events', items: [], lastId: further });
    } finally {
      await behind.stop();
    }
  });

  it('reads more than one batch', async () => {
    const start = await newest();
    await test.pool.query(
      `insert into csms.outbox (type, organization_id, data)
       select 'station.updated', $1, json_build_object('note', n) from generate_series(1, 2500) as n`,
      [ORGANIZATION],
    );
    tail.poke();
    const found = await collect(start, 2500);
    assert.deepEqual(
      notesOf(found),
      Array.from({ length: 2500 }, (_, index) => index + 1),
    );
  });

  it('rests when nobody asks, and comes back', async () => {
    await tail.stop();
    open({ idleAfterMs: 1, pollIntervalMs: 5 });
    const start = await newest();
    await tail.changed(BigInt(start), 20);
    while (tail.recent(BigInt(start)) !== undefined) await tail.changed(BigInt(start), 1).then(() => pauseMs(10));
    await append(test, 'meanwhile');
    assert.deepEqual(notesOf(await collect(start, 1)), ['meanwhile']);
  });

  it('goes on after the database was away', async () => {
    const start = await newest();
    await test.pool.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    await append(test, 'after');
    assert.deepEqual(notesOf(await collect(start, 1)), ['after']);
  });

  it('tries on while the database cannot be asked', async () => {
    await tail.stop();
    let failures = 3;
    const pool = new Proxy(test.pool, {
      get: (target, name) =>
        name === 'query' && failures-- > 0
          ? () => Promise.reject(new Error('Connection terminated'))
          : Reflect.get(target, name).bind?.(target),
    });
    open({ pool, pollIntervalMs: 5 });
    assert.equal(await tail.safeId(), 0n);
    assert.ok(failures < 0);
  });

  it('lets everybody go when it stops', async () => {
    const start = await newest();
    const waiting = events.wait(start, 60_000);
    await tail.stop();
    await waiting;
    await assert.rejects(tail.safeId(), eventsNotReady.is);
  });

  describe('relay', () => {
    const relays: OutboxRelay[] = [];
    const relay = (deliver: (events: readonly DomainEvent[]) => Promise<void>, startAt: 'beginning' | 'now'): void => {
      const made = new OutboxRelay({
        tail,
        database: test.database,
        logger,
        consumer: 'billing',
        deliver,
        startAt,
        batchSize: 2,
        firstRetryMs: 5,
      });
      made.start();
      relays.push(made);
    };
    afterEach(async () => {
      for (const each of relays.splice(0)) await each.stop();
    });

    it('delivers in order, repeats a batch that was not taken, and remembers where it was', async () => {
      await append(test, 'a', 'b', 'c');
      const taken: unknown[] = [];
      let refusals = 2;
      let wanted = Promise.withResolvers<void>();
      const deliver = async (batch: readonly DomainEvent[]): Promise<void> => {
        if (refusals-- > 0) throw new Error('the inbox is closed');
        taken.push(...notesOf(batch));
        if (taken.at(-1) === 'd') wanted.resolve();
      };
      relay(deliver, 'beginning');
      await append(test, 'd');
      tail.poke();
      await wanted.promise;
      for (const each of relays.splice(0)) await each.stop();
      assert.deepEqual(taken, ['a', 'b', 'c', 'd']);

      wanted = Promise.withResolvers<void>();
      await append(test, 'e', 'd');
      relay(deliver, 'beginning');
      await wanted.promise;
      assert.deepEqual(taken, ['a', 'b', 'c', 'd', 'e', 'd']);
    });

    it('lets events gather only when it is not behind', async () => {
      await append(test, 'a', 'b', 'c', 'd', 'e');
      const taken: unknown[] = [];
      const wanted = Promise.withResolvers<void>();
      const made = new OutboxRelay({
        tail,
        database: test.database,
        logger,
        consumer: 'hurried',
        startAt: 'beginning',
        batchSize: 2,
        pauseMs: 3_600_000,
        deliver: async (batch) => {
          taken.push(...notesOf(batch));
          if (taken.length >= 5) wanted.resolve();
        },
      });
      made.start();
      relays.push(made);
      await wanted.promise;
      assert.deepEqual(taken.slice(-5), ['a', 'b', 'c', 'd', 'e']);
    });

    it('delivers the types that are wanted only, and passes the others', async () => {
      const taken: unknown[] = [];
      let wanted = Promise.withResolvers<void>();
      const start = (): void => {
        const made = new OutboxRelay({
          tail,
          database: test.database,
          logger,
          consumer: 'operations',
          types: async () => ['command.finished'],
          startAt: 'beginning',
          batchSize: 2,
          pauseMs: 1,
          deliver: async (batch) => {
            taken.push(...notesOf(batch));
            wanted.resolve();
          },
        });
        made.start();
        relays.push(made);
      };
      const tell = (type: string, note: string) =>
        test.pool.query('insert into csms.outbox (type, organization_id, data) values ($1, $2, $3)', [
          type,
          ORGANIZATION,
          JSON.stringify({ note }),
        ]);
      start();
      for (let index = 0; index < 5; index++) await tell('station.updated', `passed ${index}`);
      await tell('command.finished', 'first');
      tail.poke();
      await wanted.promise;
      for (const each of relays.splice(0)) await each.stop();
      const { rows } = await test.pool.query(`select last_id from csms.outbox_cursors where consumer = 'operations'`);
      assert.equal(rows[0]?.last_id, '6');
      // What was passed without a note is passed again, and nothing is delivered twice.
      wanted = Promise.withResolvers<void>();
      for (let index = 0; index < 3; index++) await tell('station.updated', `passed again ${index}`);
      start();
      await tell('command.finished', 'second');
      tail.poke();
      await wanted.promise;
      assert.deepEqual(taken, ['first', 'second']);
    });

    it('notes what it has passed when nothing more comes', async () => {
      const made = new OutboxRelay({
        tail,
        database: test.database,
        logger,
        consumer: 'choosy',
        types: async () => ['command.finished'],
        startAt: 'now',
        deliver: async () => {},
      });
      made.start();
      relays.push(made);
      const cursor = async (): Promise<string | undefined> => {
        const { rows } = await test.pool.query(`select last_id from csms.outbox_cursors where consumer = 'choosy'`);
        return rows[0]?.last_id;
      };
      await waitFor(async () => (await cursor()) !== undefined);
      await append(test, 'not wanted');
      tail.poke();
      const { rows } = await test.pool.query('select max(id)::text as last from csms.outbox');
      await waitFor(async () => (await cursor()) === rows[0]?.last);
    });

    it('is one at a time: another goes on where the first ends, cannot deliver, or loses the database', async () => {
      const takers: number[] = [];
      let wanted = Promise.withResolvers<void>();
      const open = (index: number, fails = false): void =>
        relay(async () => {
          if (fails) throw new Error('nobody can be reached from here');
          takers.push(index);
          wanted.resolve();
        }, 'beginning');
      const tellOne = async (): Promise<void> => {
        wanted = Promise.withResolvers();
        await append(test, 'something');
        tail.poke();
        await wanted.promise;
      };
      open(0);
      await tellOne();
      open(1);
      await tellOne();
      await relays[0]?.stop();
      await tellOne();
      assert.deepEqual(takers, [0, 0, 1]);
      await relays[1]?.stop();
      open(2, true);
      await hasTurn(test);
      open(3);
      await tellOne();
      assert.deepEqual(takers, [0, 0, 1, 3]);
      await test.pool.query(
        `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database =
           (select oid from pg_database where datname = current_database())`,
      );
      await tellOne();
      assert.equal(takers.at(-1), 3);
    });

    it('can begin with what comes next', async () => {
      await append(test, 'before');
      await newest();
      const taken: unknown[] = [];
      const wanted = Promise.withResolvers<void>();
      relay(async (batch) => {
        taken.push(...notesOf(batch));
        wanted.resolve();
      }, 'now');
      await waitFor(async () => {
        const { rows } = await test.pool.query('select 1 from csms.outbox_cursors');
        return rows.length === 1;
      });
      await append(test, 'after');
      tail.poke();
      await wanted.promise;
      assert.deepEqual(taken, ['after']);
    });
  });
});

/** Returns when somebody delivers, or tries to. */
async function hasTurn(test: TestDatabase): Promise<void> {
  await waitFor(async () => {
    const { rows } = await test.pool.query(
      `select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
    );
    return rows.length > 0;
  });
}

function pauseMs(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Asks the database until it says yes. */
async function waitFor(question: () => Promise<boolean>): Promise<void> {
  while (!(await question())) await pauseMs(5);
}
