import assert from 'node:assert/strict';
import { uuidv7 } from '@voltpile/kernel/ids';
import { untilBlocked } from '@voltpile/platform/testing/until-blocked';
import { createLedgerBench, type LedgerBench } from '../testing/ledger-bench.ts';
import { pastTriggers } from '../testing/past-triggers.ts';
import { withChange } from '../testing/with-change.ts';
import { badEntry } from './checked-entry.ts';
import type { LedgerAccountRef, Posting } from './entry.ts';
import { insufficientFunds, keyReused, unknownParty } from './ledger.ts';
import { LEDGER_CHECKS } from './ledger-checks.ts';
import { lockBalances } from './ledger-repository.ts';
import { proveLedger } from './prove.ts';

describe('ledger', () => {
  let bench: LedgerBench;
  beforeEach(async () => {
    bench = await createLedgerBench();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const sale = (minor: bigint, accountId: string | null): Posting[] => [
    { account: { kind: 'receivable', accountId }, debitMinor: minor },
    { account: { kind: 'revenue' }, debitMinor: -minor },
  ];
  const withdrawal = (accountId: string, minor: bigint): Posting[] => [
    { account: { kind: 'wallet', accountId }, debitMinor: minor },
    { account: { kind: 'receivable', accountId }, debitMinor: -minor },
  ];
  const sql = (text: string, values: unknown[] = []) => bench.test.pool.query(text, values);
  const findings = async () => (await proveLedger(bench.test.knex, LEDGER_CHECKS, bench.clock)).findings;

  it('keeps entries with their postings, numbered within each account, and the balances beside', async () => {
    const ann = await bench.addAccount();
    await bench.fill(ann, 1000n);
    await bench.post(bench.entry(withdrawal(ann, 300n)));
    assert.equal(await bench.balance({ kind: 'wallet', accountId: ann }), -700n);
    const { rows } = await sql(
      `select p.number, p.debit_minor, p.balance_minor from billing.ledger_postings p
       join billing.ledger_accounts a on a.id = p.ledger_account_id where a.kind = 'wallet' order by number`,
    );
    assert.deepEqual(rows, [
      { number: '1', debit_minor: '-1000', balance_minor: '-1000' },
      { number: '2', debit_minor: '300', balance_minor: '-700' },
    ]);
    assert.deepEqual(await findings(), []);
  });

  it('takes the same entry once, in whatever order its postings come and however late', async () => {
    const entry = bench.entry(sale(500n, null));
    const first = await bench.post(entry);
    bench.clock.advance(1000);
    const again = await bench.post({ ...entry, at: bench.clock.now(), postings: entry.postings.toReversed() });
    assert.deepEqual([first.isNew, again], [true, { entryId: first.entryId, isNew: false }]);
    assert.equal(await bench.balance({ kind: 'revenue' }), -500n);
    for (const other of [{ postings: sale(501n, null) }, { kind: 'charge' as const }, { description: 'Another' }]) {
      await assert.rejects(bench.post({ ...entry, ...other }), keyReused.is);
    }
    // Of another organisation, the key is another one.
    assert.equal((await bench.post({ ...entry, organizationId: uuidv7() })).isNew, true);
  });

  it('takes an entry that is posted by many at once a single time', async () => {
    const entry = bench.entry(sale(500n, null));
    const answers = await Promise.all(Array.from({ length: 20 }, () => bench.post(entry)));
    assert.equal(answers.filter(({ isNew }) => isNew).length, 1);
    assert.equal(new Set(answers.map(({ entryId }) => entryId)).size, 1);
    const others = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) =>
        bench.post({ ...entry, idempotencyKey: 'x', postings: sale(BigInt(index + 1), null) }),
      ),
    );
    assert.equal(others.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const other of others) assert.ok(other.status === 'fulfilled' || keyReused.is(other.reason));
    // With other accounts nothing makes one wait for the other but the key.
    const parties = await Promise.all(Array.from({ length: 5 }, () => bench.addAccount()));
    const apart = await Promise.allSettled(
      parties.map((party) =>
        bench.post(
          bench.entry(
            [...sale(1n, party).slice(0, 1), { account: { kind: 'provider', provider: party }, debitMinor: -1n }],
            {
              idempotencyKey: 'y',
            },
          ),
        ),
      ),
    );
    assert.equal(apart.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.deepEqual(await findings(), []);
  });

  it('never lets a wallet or a hold fall below nothing, and leaves the transaction as it was', async () => {
    const ann = await bench.addAccount();
    await bench.fill(ann, 100n);
    await bench.test.knex.transaction(async (trx) => {
      await assert.rejects(bench.ledger.post(trx, bench.entry(withdrawal(ann, 101n))), insufficientFunds.is);
      await bench.ledger.post(trx, bench.entry(withdrawal(ann, 100n)));
    });
    assert.equal(await bench.balance({ kind: 'wallet', accountId: ann }), 0n);
    const unheld: Posting[] = [
      { account: { kind: 'hold', accountId: ann }, debitMinor: 1n },
      { account: { kind: 'wallet', accountId: ann }, debitMinor: -1n },
    ];
    await assert.rejects(bench.post(bench.entry(unheld)), insufficientFunds.is);
    await assert.rejects(
      sql(`update billing.ledger_balances set balance_minor = 1 where kind = 'wallet'`),
      /ledger_balances_not_overdrawn/,
    );
  });

  it('lets exactly as many of fifty withdrawals succeed as the wallet holds enough for', async () => {
    const ann = await bench.addAccount();
    await bench.fill(ann, 2000n);
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, () => bench.post(bench.entry(withdrawal(ann, 100n)))),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    assert.equal(results.length - refused.length, 20);
    for (const { reason } of refused) assert.ok(insufficientFunds.is(reason), String(reason));
    assert.equal(await bench.balance({ kind: 'wallet', accountId: ann }), 0n);
    assert.deepEqual(await findings(), []);
  });

  it('gives the last of a balance to one of two', async () => {
    const ann = await bench.addAccount();
    await bench.fill(ann, 100n);
    const results = await Promise.allSettled(
      [80n, 90n].map((minor) => bench.post(bench.entry(withdrawal(ann, minor)))),
    );
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  it('has no deadlocks where entries name the same accounts in different orders', async () => {
    const parties = await Promise.all(Array.from({ length: 4 }, () => bench.addAccount()));
    for (const party of parties) await bench.fill(party, 100_000n);
    const moves = parties.flatMap((from) => parties.filter((to) => to !== from).map((to) => [from, to] as const));
    await Promise.all(
      [...moves, ...moves.toReversed()].map(([from, to]) =>
        bench.post(
          bench.entry([
            { account: { kind: 'wallet', accountId: from }, debitMinor: 5n },
            { account: { kind: 'wallet', accountId: to }, debitMinor: -5n },
          ]),
        ),
      ),
    );
    for (const party of parties) assert.equal(await bench.balance({ kind: 'wallet', accountId: party }), -100_000n);
    assert.deepEqual(await findings(), []);
  });

  it('has no deadlocks where accounts are opened by several at once', async () => {
    const { knex } = bench.test;
    const books = { organizationId: bench.organizationId, currency: 'EUR' };
    const ann = await bench.addAccount();
    await bench.fill(ann, 100n);
    const wallet: LedgerAccountRef = { kind: 'wallet', accountId: ann };
    const receivable: LedgerAccountRef = { kind: 'receivable', accountId: ann };
    const first = await knex.transaction();
    await lockBalances(first, books, [receivable]);
    const second = await knex.transaction();
    const { rows } = await second.raw<{ rows: { pid: number }[] }>('select pg_backend_pid() as pid');
    const waiting = lockBalances(second, books, [wallet, receivable]);
    await untilBlocked(bench.test.pool, rows[0]?.pid as number);
    // Who waits for an account to be opened holds nothing that whoever opens it may want.
    await lockBalances(first, books, [wallet]);
    await first.commit();
    assert.equal((await waiting).size, 2);
    await second.rollback();
  });

  it('refuses what is no entry', async () => {
    const ann = await bench.addAccount();
    const [debit, credit] = sale(100n, ann) as [Posting, Posting];
    for (const [postings, more] of [
      [[debit], {}],
      [[debit, { ...credit, debitMinor: -99n }], {}],
      [[debit, credit, { ...debit, debitMinor: 0n }], {}],
      [[debit, debit, { ...credit, debitMinor: -200n }], {}],
      [[debit, { account: { kind: 'provider', provider: '' }, debitMinor: -100n }], {}],
      [sale(10n ** 14n + 1n, ann), {}],
      [sale(1n, 'nobody'), {}],
      [sale(1n, ann), { currency: 'euro' }],
      [sale(1n, ann), { idempotencyKey: '' }],
      [sale(1n, ann), { idempotencyKey: 'x'.repeat(501) }],
      [sale(1n, ann), { idempotencyKey: 'a\u0000' }],
      [sale(1n, ann), { description: ' ' }],
      [sale(1n, ann), { organizationId: 'none' }],
      [sale(1n, ann), { reference: { type: 'cdr' as const, id: 'none' } }],
    ] as const) {
      await assert.rejects(bench.post(bench.entry(postings, more)), badEntry.is, JSON.stringify(more));
    }
    await bench.post(bench.entry(sale(1n, ann), { description: 'a\u0000\ud800'.repeat(500) }));
  });

  it('posts to nobody of another organisation', async () => {
    await assert.rejects(bench.post(bench.entry(sale(1n, uuidv7()))), unknownParty.is);
    const foreign = await bench.addAccount({ organizationId: uuidv7() });
    await assert.rejects(bench.post(bench.entry(sale(1n, foreign))), unknownParty.is);
  });

  describe('keeps what was written', () => {
    beforeEach(async () => {
      await bench.post(bench.entry(sale(100n, await bench.addAccount())));
    });

    for (const table of ['ledger_accounts', 'ledger_entries', 'ledger_postings']) {
      it(`in ${table}`, async () => {
        await assert.rejects(sql(`update billing.${table} set currency = currency`), /UPDATE of .* is not allowed/);
        await assert.rejects(sql(`delete from billing.${table}`), /DELETE of .* is not allowed/);
        await assert.rejects(sql(`truncate billing.${table} cascade`), /TRUNCATE of .* is not allowed/);
      });
    }

    const forge = async (postings: readonly (readonly [string, number])[], count: number): Promise<void> => {
      await bench.test.knex.transaction(async (trx) => {
        const id = uuidv7();
        await trx.raw(
          `insert into billing.ledger_entries (id, organization_id, currency, kind, idempotency_key, content_hash, reference_type, reference_id,
             description, posting_count, at)
           values (?, ?, 'EUR', 'adjustment', 'forged', sha256('x'), 'account', ?, 'forged', ?, now())`,
          [id, bench.organizationId, id, count],
        );
        for (const [kind, debit] of postings) {
          await trx.raw(
            `insert into billing.ledger_postings (entry_id, ledger_account_id, organization_id, currency, number, debit_minor, balance_minor)
             select ?, id, organization_id, currency, 2, ?, 0 from billing.ledger_accounts where kind = ?`,
            [id, debit, kind],
          );
        }
      });
    };

    it('and refuses, at the commit, an entry that does not come to nothing or lacks postings', async () => {
      for (const [postings, count] of [
        [
          [
            ['receivable', 5],
            ['revenue', -4],
          ],
          2,
        ],
        [[['receivable', 5]], 2],
        [[], 2],
        [
          [
            ['receivable', 5],
            ['revenue', -5],
          ],
          3,
        ],
      ] as const) {
        await assert.rejects(forge(postings, count), /comes to/, JSON.stringify(postings));
      }
      await assert.rejects(forge([['receivable', 5]], 1), /posting_count/);
      await forge(
        [
          ['receivable', 5],
          ['revenue', -5],
        ],
        2,
      );
    });

    it('and refuses postings to an entry that is complete', async () => {
      await bench.fill(await bench.addAccount(), 5n);
      const [wallet, provider] = await Promise.all(
        ['wallet', 'provider'].map(
          async (kind) => (await sql('select id from billing.ledger_accounts where kind = $1', [kind])).rows[0].id,
        ),
      );
      await assert.rejects(
        sql(
          `insert into billing.ledger_postings (entry_id, ledger_account_id, organization_id, currency, number, debit_minor, balance_minor)
           select e.id, w.id, e.organization_id, e.currency, 9, w.debit, 0
           from billing.ledger_entries e, (values ($1::uuid, 1), ($2::uuid, -1)) as w (id, debit) where e.kind = 'adjustment'`,
          [wallet, provider],
        ),
        /has 4 postings of 2/,
      );
    });
  });

  describe('proof', () => {
    it('tells of every way in which the books do not fit together', async () => {
      const ann = await bench.addAccount();
      await bench.fill(ann, 100n);
      assert.deepEqual(await findings(), []);
      await sql('alter table billing.ledger_postings disable trigger ledger_postings_kept');
      await sql(`update billing.ledger_postings set debit_minor = debit_minor + 1 where debit_minor > 0`);
      const names = async () => [...new Set((await findings()).map(({ check }) => check))];
      assert.deepEqual(await names(), [
        'books-come-to-nothing',
        'entries-come-to-nothing',
        'entries-as-written',
        'balances-as-posted',
        'guards-in-place',
      ]);
      await sql(`update billing.ledger_postings set debit_minor = debit_minor - 1 where debit_minor > 0`);
      await sql('alter table billing.ledger_postings enable trigger ledger_postings_kept');
      assert.deepEqual(await findings(), []);
      await sql('drop trigger ledger_entries_balanced on billing.ledger_entries');
      assert.deepEqual(await names(), ['guards-in-place']);
      await sql('alter table billing.ledger_balances drop constraint ledger_balances_not_overdrawn');
      await sql(`update billing.ledger_balances set balance_minor = 7 where kind = 'wallet'`);
      assert.deepEqual(await names(), ['balances-as-posted', 'wallets-not-overdrawn', 'guards-in-place']);
      await sql('delete from billing.ledger_balances');
      assert.ok((await findings()).some(({ problem }) => problem.includes('wallet')));
    });

    it('tells of each change of an entry, and of its postings, that comes to the same', async () => {
      const [ann, ben] = [await bench.addAccount(), await bench.addAccount()];
      for (const party of [ann, ben]) await bench.fill(party, 100n);
      const description = 'A "quoted" \\ text,\ttab\u0001\u007f\u2028 尖峰平谷 🔌';
      const sold = bench.entry(sale(100n, null), { description });
      const { entryId: id } = await bench.post(sold);
      assert.deepEqual(await findings(), []);
      for (const change of [
        `at = at + interval '1 microsecond'`,
        `recorded_at = recorded_at - interval '1 day'`,
        `description = 'Another'`,
        `idempotency_key = 'another'`,
        `kind = 'write-off'`,
        'reference_id = id',
        `content_hash = sha256('another')`,
      ]) {
        const found = await withChange(bench.test.pool, { table: 'ledger_entries', id, change }, findings);
        assert.ok(
          found.some(({ problem }) => problem === `entry ${id} does not say what it said when it was written`),
          change,
        );
        assert.deepEqual([...new Set(found.map(({ check }) => check))], ['entries-as-written'], change);
      }
      assert.deepEqual(await findings(), []);
      // What two have paid in is swapped: each entry, and all of them, come to nothing as before.
      await sql('alter table billing.ledger_postings drop constraint ledger_postings_ledger_account_id_number_key');
      const swap = () =>
        pastTriggers(bench.test.pool, (client) =>
          client.query(
            `update billing.ledger_postings p set ledger_account_id = o.ledger_account_id
             from billing.ledger_postings o
               join billing.ledger_accounts a on a.id = o.ledger_account_id and a.kind = 'wallet'
               join billing.ledger_accounts b on b.kind = 'wallet' and b.id <> a.id
             where p.ledger_account_id = b.id`,
          ),
        );
      await swap();
      const problems = (await findings()).filter(({ check }) => check === 'entries-as-written');
      assert.equal(problems.filter(({ problem }) => problem.includes('what was posted')).length, 2);
      await swap();
      assert.deepEqual(await findings(), []);
      const shift = (by: number) =>
        pastTriggers(bench.test.pool, (client) =>
          client.query('update billing.ledger_postings set balance_minor = balance_minor + $2 where entry_id = $1', [
            id,
            by,
          ]),
        );
      await shift(1);
      const shifted = await findings();
      assert.equal(shifted.length, 2);
      assert.ok(shifted.every(({ problem }) => /^posting 1 of account .* does not go on from/.test(problem)));
      await shift(-1);
      assert.deepEqual(await findings(), []);
    });

    it('asks further checks that it is given', async () => {
      const check = { name: 'mine', find: async (_db: unknown, limit: number) => [`at most ${limit}`] };
      const proof = await proveLedger(bench.test.knex, [...LEDGER_CHECKS, check], bench.clock);
      assert.deepEqual(proof.findings, [{ check: 'mine', problem: 'at most 100' }]);
      assert.equal(proof.checks.at(-1), 'mine');
    });
  });
});
