import assert from 'node:assert/strict';
import type { ApiClient } from './api-client.ts';
import type { CdrDocument } from './api-views.ts';
import type { ServerUnderTest } from './server-process.ts';
import { type Payers, TOP_UP } from './settle-through-kills.ts';

interface BookedSum {
  readonly kind: string;
  readonly account_id: string | null;
  readonly minor: string;
}

interface WalletDocument {
  readonly available: { readonly amount: string };
  readonly held: { readonly amount: string };
  readonly owed: { readonly amount: string };
}

/** Every charge that has ended is charged once, the books say the same, and nothing waits. */
export async function assertChargedOnce(server: ServerUnderTest, payers: Payers, charges: number): Promise<void> {
  const api = await server.login();
  const odd = await server.query(
    `select t.id, count(c.id) as records, count(k.id) as credits from csms.transactions t
       left join billing.cdr_transactions m on m.transaction_id = t.id
       left join billing.cdrs c on c.id = m.cdr_id and c.kind = 'charge'
       left join billing.cdrs k on k.credits_cdr_id = c.id
     where t.status = 'ended' group by t.id having count(c.id) <> 1 or count(k.id) > 0`,
  );
  assert.deepEqual(odd, [], 'charges without exactly one record');
  const ended = await api.all<{ readonly id: string }>('/transactions?status=ended');
  const records = await api.all<CdrDocument>('/cdrs');
  assert.deepEqual(records.flatMap(({ transactionIds }) => transactionIds).sort(), ended.map(({ id }) => id).sort());
  assert.equal(records.length, charges);
  assert.ok(records.every(({ kind }) => kind === 'charge'));
  for (const state of ['pending', 'held', 'written-off']) {
    assert.deepEqual(await api.all(`/settlements?state=${state}`), [], state);
  }
  await assertBooked(server, api, payers, records);
}

async function assertBooked(
  server: ServerUnderTest,
  api: ApiClient,
  payers: Payers,
  records: readonly CdrDocument[],
): Promise<void> {
  const booked = await server.query<BookedSum>(
    `select a.kind, a.account_id, sum(p.debit_minor)::text as minor from billing.ledger_postings p
       join billing.ledger_accounts a on a.id = p.ledger_account_id group by a.kind, a.account_id`,
  );
  assert.equal(sumOf(booked.map(({ minor }) => BigInt(minor))), 0n, 'the ledger comes to nothing');
  const standing = (kind: string, accountId: string | null = null) =>
    BigInt(booked.find((each) => each.kind === kind && each.account_id === accountId)?.minor ?? 0);
  const charged = (accountId: string | null) =>
    sumOf(records.filter((each) => each.accountId === accountId).map(({ inclVat }) => centsOf(inclVat.amount)));
  for (const payer of [payers.postpaid, payers.prepaid, null])
    assert.ok(charged(payer) > 0n, 'somebody charged nothing');
  assert.equal(standing('receivable', payers.postpaid), charged(payers.postpaid));
  assert.equal(standing('receivable'), charged(null));
  assert.equal(standing('receivable', payers.prepaid), 0n);
  const taxes = sumOf(records.map(({ exclVat, inclVat }) => centsOf(inclVat.amount) - centsOf(exclVat?.amount ?? '')));
  const all = sumOf(records.map(({ inclVat }) => centsOf(inclVat.amount)));
  assert.deepEqual([standing('vat'), standing('revenue')], [-taxes, taxes - all]);

  const wallet = await api.get<WalletDocument>(`/accounts/${payers.prepaid}/wallet`);
  const [available, held] = [centsOf(wallet.available.amount), centsOf(wallet.held.amount)];
  assert.equal(available + held, centsOf(TOP_UP) - charged(payers.prepaid));
  assert.equal(wallet.owed.amount, '0.00');
  // What a charge that is settled was started with is given back.
  const kept = await server.query(
    `select h.intent_id from billing.holds h join csms.transactions t on t.intent_id = h.intent_id where h.state = 'open'`,
  );
  assert.deepEqual(kept, []);

  const proof = await api.post<{ readonly isSound: boolean; readonly findings: object[] }>('/ledger/proofs', undefined);
  assert.deepEqual([proof.isSound, proof.findings], [true, []]);
}

function sumOf(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}

function centsOf(amount: string): bigint {
  return BigInt(amount.replace('.', ''));
}
