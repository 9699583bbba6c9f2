import assert from 'node:assert/strict';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { VoltpileError } from '@voltpile/kernel/errors';
import { uuidv7 } from '@voltpile/kernel/ids';
import fc from 'fast-check';
import { type AccountsBench, createAccountsBench } from '../testing/accounts-bench.ts';
import { recordOfCharge } from '../testing/record-of-charge.ts';

/** Refusals that a sequence may run into; anything else is a defect. */
const REFUSALS = [
  'ledger.insufficient_funds',
  'ledger.key_reused',
  'received_payment.key_reused',
  'received_payment.more_than_owed',
];

const party = fc.nat({ max: 2 });
const key = fc.nat({ max: 9 });
const minor = fc.integer({ min: 1, max: 8000 });
const step = fc.oneof(
  fc.record({ kind: fc.constant('top-up'), party, key, minor }),
  fc.record({ kind: fc.constant('reserve'), party, key, minor }),
  fc.record({ kind: fc.constant('release'), party, key, minor }),
  fc.record({ kind: fc.constant('run'), party, key, minor }),
  fc.record({ kind: fc.constant('charge'), party, key, minor }),
  fc.record({ kind: fc.constant('pay'), party, key, minor }),
  fc.record({ kind: fc.constant('move'), party, key, minor }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe('money, whatever happens to it', () => {
  let bench: AccountsBench;
  before(async () => {
    bench = await createAccountsBench();
  });
  after(() => bench[Symbol.asyncDispose]());

  async function carryOut(at: Step, parties: readonly string[], ids: readonly string[]): Promise<void> {
    const accountId = parties[at.party] as string;
    const id = ids[at.key] as string;
    const { organizationId, clock, service } = bench;
    const { knex } = bench.test;
    switch (at.kind) {
      case 'top-up': {
        const amount = { amount: (at.minor / 100).toFixed(2), currency: 'EUR' };
        await service.wallets.topUp(EVERYTHING, accountId, { amount, reason: 'Cash', idempotencyKey: id });
        return;
      }
      case 'reserve':
        await service.funds.reserve(bench.request(accountId, { intentId: id }));
        return;
      case 'release':
        await knex.transaction((trx) => service.payments.release(trx, [id], clock.now()));
        return;
      case 'run':
        await service.limits.of([id]);
        return;
      case 'charge': {
        const cdr = recordOfCharge({ organizationId, accountId, id, minor: BigInt(at.minor) });
        await knex.transaction((trx) => service.payments.charge(trx, [{ cdr, intentIds: [] }], clock.now()));
        return;
      }
      case 'pay':
        await service.receivedPayments.book(EVERYTHING, accountId, {
          amount: { amount: (at.minor / 100).toFixed(2), currency: 'EUR' },
          method: 'cash',
          reference: 'Receipt',
          receivedOn: '2026-05-01',
          keepCredit: false,
          idempotencyKey: id,
          recordedBy: 'fin@example.com',
        });
        return;
      default: {
        const other = parties[(at.party + 1) % parties.length] as string;
        await bench.post(
          bench.entry(
            [
              { account: { kind: 'wallet', accountId }, debitMinor: BigInt(at.minor) },
              { account: { kind: 'wallet', accountId: other }, debitMinor: -BigInt(at.minor) },
            ],
            { idempotencyKey: `move/${id}` },
          ),
        );
      }
    }
  }

  it('the books come to nothing and balances are as posted, step by step and all at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), fc.boolean(), async (steps, atOnce) => {
        const parties = await Promise.all([1, 2, 3].map(() => bench.addAccount()));
        const ids = Array.from({ length: 10 }, () => uuidv7());
        const attempt = async (at: Step): Promise<void> => {
          try {
            await carryOut(at, parties, ids);
          } catch (error) {
            if (!(error instanceof VoltpileError && REFUSALS.includes(error.code))) throw error;
          }
        };
        if (atOnce) await Promise.all(steps.map(attempt));
        else for (const at of steps) await attempt(at);
        assert.deepEqual(await bench.findings(), []);
        for (const accountId of parties) {
          const { available, held } = await bench.service.wallets.get(EVERYTHING, accountId);
          assert.ok(!available.amount.startsWith('-') && !held.amount.startsWith('-'));
        }
      }),
      { numRuns: 25 },
    );
  });
});
