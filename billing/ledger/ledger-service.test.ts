import assert from 'node:assert/strict';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { uuidv7 } from '@voltpile/kernel/ids';
import { databaseUnavailable } from '@voltpile/platform/database/connection';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createLedgerBench, type LedgerBench } from '../testing/ledger-bench.ts';
import { LEDGER_CHECKS } from './ledger-checks.ts';
import { createLedgerService, entryNotFound, type LedgerService, proofStopped } from './ledger-service.ts';
import { keysetCheck, type LedgerCheck, type OutsideCheck, proofRunning } from './prove.ts';

describe('the ledger, for people', () => {
  let bench: LedgerBench;
  let service: LedgerService;
  let log: string[];
  beforeEach(async () => {
    bench = await createLedgerBench();
    log = [];
    const logger = createLogger({ level: 'error', format: 'json', write: (line) => log.push(line) });
    service = createLedgerService({ knex: bench.test.knex, clock: bench.clock, logger, checks: LEDGER_CHECKS });
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const page = { limit: 10 };
  const eur = (amount: string) => ({ amount, currency: 'EUR' });

  it('shows entries, both sides of each', async () => {
    const ann = await bench.addAccount();
    await bench.fill(ann, 500n);
    const reference = { type: 'cdr' as const, id: uuidv7() };
    const { entryId } = await bench.post(
      bench.entry(
        [
          { account: { kind: 'vat' }, debitMinor: -19n },
          { account: { kind: 'receivable', accountId: null }, debitMinor: 119n },
          { account: { kind: 'revenue' }, debitMinor: -100n },
        ],
        { kind: 'charge', reference, description: 'A charge' },
      ),
    );
    const nobody = { accountId: null, provider: null };
    const entry = await service.port.getEntry(EVERYTHING, entryId);
    assert.deepEqual(
      { ...entry, recordedAt: '' },
      {
        id: entryId,
        organizationId: bench.organizationId,
        currency: 'EUR',
        kind: 'charge',
        reference,
        description: 'A charge',
        at: '2026-05-01T12:00:00.000Z',
        recordedAt: '',
        postings: [
          { account: { kind: 'receivable', ...nobody }, side: 'debit', amount: eur('1.19') },
          { account: { kind: 'vat', ...nobody }, side: 'credit', amount: eur('0.19') },
          { account: { kind: 'revenue', ...nobody }, side: 'credit', amount: eur('1.00') },
        ],
      },
    );
    const kinds = async (filter: object, scope = EVERYTHING) =>
      (await service.port.listEntries(scope, filter, page)).items.map(({ kind }) => kind);
    assert.deepEqual(await kinds({}), ['charge', 'top-up']);
    assert.deepEqual(await kinds({ accountId: ann }), ['top-up']);
    assert.deepEqual(await kinds({ referenceId: reference.id }), ['charge']);
    assert.deepEqual(await kinds({ kind: 'top-up', organizationId: bench.organizationId }), ['top-up']);
    assert.deepEqual(await kinds({ organizationId: uuidv7() }), []);
    assert.deepEqual(await kinds({}, { kind: 'organizations', organizationIds: [uuidv7()] }), []);
    const first = await service.port.listEntries(EVERYTHING, {}, { limit: 1 });
    assert.ok(first.nextCursor);
    const rest = await service.port.listEntries(EVERYTHING, {}, { limit: 1, cursor: first.nextCursor });
    assert.deepEqual([rest.items.map(({ kind }) => kind), rest.nextCursor], [['top-up'], null]);
    const sites = { kind: 'sites', siteIds: [uuidv7()] } as const;
    await assert.rejects(service.port.getEntry(sites, entryId), entryNotFound.is);
    await assert.rejects(service.port.getEntry(EVERYTHING, 'none'), entryNotFound.is);
  });

  it('shows balances on the side on which they stand', async () => {
    const ann = await bench.addAccount();
    await bench.fill(ann, 500n);
    await bench.fill(ann, 20n, 'CNY');
    const shown = async (filter: object) =>
      (await service.port.listBalances(EVERYTHING, filter, page)).items.map(({ account, side, amount }) => [
        account.kind,
        account.provider ?? account.accountId,
        side,
        amount,
      ]);
    assert.deepEqual(await shown({ currency: 'EUR' }), [
      ['wallet', ann, 'credit', eur('5.00')],
      ['provider', 'test', 'debit', eur('5.00')],
    ]);
    assert.equal((await shown({ accountId: ann })).length, 2);
    assert.equal((await shown({ kind: 'provider', organizationId: bench.organizationId })).length, 2);
    assert.deepEqual(await shown({ organizationId: uuidv7() }), []);
    const first = await service.port.listBalances(EVERYTHING, {}, { limit: 3 });
    assert.ok(first.nextCursor);
    assert.equal(
      (await service.port.listBalances(EVERYTHING, {}, { limit: 3, cursor: first.nextCursor })).items.length,
      1,
    );
  });

  it('is proved by a job and on demand; what is found is kept and logged, and forgotten after years', async () => {
    const [job] = service.jobs;
    await job?.run(new AbortController().signal);
    const [one, other] = await Promise.all([service.port.prove(), service.port.prove()]);
    assert.equal(one?.id, other?.id);
    assert.deepEqual([one?.isSound, log], [true, []]);
    await bench.fill(await bench.addAccount(), 5n);
    await bench.test.pool.query('update billing.ledger_balances set last_number = 9');
    const bad = await service.port.prove();
    assert.deepEqual([bad.isSound, bad.findings.length, log.length], [false, 2, 1]);
    assert.match(bad.findings[0]?.problem ?? '', /is -?5 after 9 postings; its postings come to -?5 and are 1/);
    const { items } = await service.port.listProofs(page);
    assert.deepEqual(
      items.map(({ isSound }) => isSound),
      [false, true, true],
    );
    bench.clock.advance(4 * 366 * 86_400_000);
    await service.port.prove();
    assert.equal((await service.port.listProofs(page)).items.length, 1);
  });

  /** A service with one question, which waits for its answer. */
  const asking = () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<string[]>();
    let count = 0;
    const check: LedgerCheck = {
      name: 'slow',
      find: async (_db, _limit, signal) => {
        count += 1;
        asked.resolve();
        const found = await answer.promise;
        signal?.throwIfAborted();
        return found;
      },
    };
    const { clock, test } = bench;
    const logger = createLogger({ level: 'error', format: 'json', write: (line) => log.push(line) });
    const slow = createLedgerService({ knex: test.knex, clock, logger, checks: [check] });
    return { slow, asked: asked.promise, answer, count: () => count };
  };

  it('is proved by one at a time, whichever process', async () => {
    const { slow, asked, answer, count } = asking();
    const first = slow.port.prove();
    await asked;
    const same = slow.port.prove();
    await assert.rejects(service.port.prove(), proofRunning.is);
    await service.jobs[0]?.run(new AbortController().signal);
    assert.deepEqual((await service.port.listProofs(page)).items, []);
    answer.resolve([]);
    assert.equal((await first).id, (await same).id);
    assert.equal(count(), 1);
    assert.equal((await service.port.prove()).isSound, true);
  });

  it('is not proved to the end when the server stops', async () => {
    const { slow, asked, answer } = asking();
    const stopped = assert.rejects(slow.port.prove(), proofStopped.is);
    await asked;
    const stopping = slow.stop();
    answer.resolve([]);
    await Promise.all([stopped, stopping]);
    assert.deepEqual((await service.port.listProofs(page)).items, []);
    assert.equal((await service.port.prove()).isSound, true);
  });

  it('asks others without a transaction, and is sound where they do not answer', async () => {
    const { knex } = bench.test;
    const open: number[] = [];
    const away: OutsideCheck = {
      name: 'away',
      ask: () => Promise.reject(databaseUnavailable()),
    };
    const busy: OutsideCheck = {
      name: 'busy',
      async ask(limit) {
        const { rows } = await knex.raw<{ rows: { count: number }[] }>(
          `select count(*)::int from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
        );
        open.push(rows[0]?.count ?? -1, limit);
        return { problems: [], unanswered: '3 are left' };
      },
    };
    const clear = createLogger({ level: 'silent', format: 'json' });
    const options = { knex, clock: bench.clock, logger: clear, checks: LEDGER_CHECKS };
    const asking = createLedgerService({ ...options, outside: [away, busy] });
    const { isSound, unanswered } = await asking.port.prove();
    assert.deepEqual(open, [0, 100]);
    assert.equal(isSound, true);
    assert.deepEqual(unanswered, [
      { check: 'away', reason: 'database.unavailable' },
      { check: 'busy', reason: '3 are left' },
    ]);
    assert.deepEqual((await asking.port.listProofs(page)).items[0]?.unanswered, unanswered);
    const finding: OutsideCheck = { name: 'other', ask: async () => ({ problems: ['differs'], unanswered: null }) };
    const unsound = await createLedgerService({ ...options, outside: [finding] }).port.prove();
    assert.deepEqual([unsound.isSound, unsound.findings], [false, [{ check: 'other', problem: 'differs' }]]);
  });

  it('is gone through in pieces, of which each row is in one', async () => {
    const accounts = await Promise.all(Array.from({ length: 7 }, () => bench.addAccount()));
    for (const account of [...accounts, ...accounts]) await bench.fill(account, 5n);
    const query = `select id::text as problem from billing.ledger_entries where id > ?::uuid and id <= ?::uuid order by id`;
    const entries: string[] = await bench.test.knex('billing.ledger_entries').orderBy('id').pluck('id');
    for (const piece of [1, 3, 7, 14, 15]) {
      const check = keysetCheck('all', [{ table: 'billing.ledger_entries', key: 'id', query }], piece);
      const find = (limit: number) => bench.test.knex.transaction((trx) => check.find(trx, limit));
      assert.deepEqual(await find(100), entries);
      assert.deepEqual(await find(5), entries.slice(0, 5));
    }
    // By a column that several rows share, none of them is missed at the end of a piece.
    const byAccount = query.replaceAll('id >', 'ledger_account_id >').replaceAll('id <=', 'ledger_account_id <=');
    const postings = byAccount
      .replace('id::text', 'entry_id::text')
      .replace('ledger_entries', 'ledger_postings')
      .replace(' order by id', '');
    const table = 'billing.ledger_postings';
    const check = keysetCheck('all', [{ table, key: 'ledger_account_id', query: postings }], 3);
    assert.equal((await bench.test.knex.transaction((trx) => check.find(trx, 100))).length, 28);
  });
});
