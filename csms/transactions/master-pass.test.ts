import assert from 'node:assert/strict';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { TransactionView } from '../contract/operator-ports.ts';
import type { TransactionDecision, TransactionReport } from '../contract/station-port.ts';
import { createTransactionsBench, originOf, reportOf, type TransactionsBench } from '../testing/transactions-bench.ts';

const T = (minute: number): string => new Date(Date.UTC(2026, 2, 1, 10, minute)).toISOString();

/** OCPP 2.0.1 C16: a token that stops any transaction and starts none. */
describe('a master pass', () => {
  let bench: TransactionsBench;
  let station: string;

  before(async () => {
    bench = await createTransactionsBench();
    await bench.database.pool.query('update csms.organizations set master_pass_group_id = $1', ['Guards']);
    await bench.addToken('DRIVER');
    await bench.addToken('GUARD', { group: 'GUARDS' });
  });
  after(() => bench[Symbol.asyncDispose]());
  beforeEach(async () => {
    station = await bench.addStation();
  });

  const view = (decision: TransactionDecision): Promise<TransactionView> =>
    bench.service.transactions.get(EVERYTHING, decision.transactionId ?? '');
  const report = (minute: number, more: Partial<TransactionReport> & { token?: string }): TransactionReport => {
    const { token, ...rest } = more;
    const base = reportOf(station, T(minute), {
      evse: { evseId: 1, connectorId: 1 },
      meterWh: String(minute),
      ...rest,
    });
    return token === undefined ? base : { ...base, idToken: { value: token } };
  };

  it('is accepted with its group when it is shown, and leaves nothing that waits', async () => {
    const { origin } = report(0, {});
    const info = await bench.service.authorize({
      origin: originOf(station, origin.receivedAt),
      idToken: { value: 'guard' },
    });
    assert.deepEqual(info, { status: 'Accepted', groupIdToken: 'GUARDS', expiresAt: null });
    const { rows } = await bench.database.pool.query('select from csms.start_intents where station_id = $1', [station]);
    assert.equal(rows.length, 0);
  });

  it('starts nothing where the central system gives the number', async () => {
    const decision = await bench.service.transactionStarted(report(0, { token: 'GUARD' }));
    assert.deepEqual(decision.idTokenInfo, { status: 'Invalid', groupIdToken: 'GUARDS', expiresAt: null });
    const { authorizationStatus, flags } = await view(decision);
    assert.deepEqual([authorizationStatus, flags.includes('master-pass-start')], ['Invalid', true]);
    assert.deepEqual(await bench.service.transactionStarted(report(0, { token: 'GUARD' })), decision);
  });

  it('stops what somebody else has started', async () => {
    const { stationTransactionId } = await bench.service.transactionStarted(report(0, { token: 'DRIVER' }));
    const decision = await bench.service.transactionEnded(
      report(10, { token: 'GUARD', stationTransactionId: stationTransactionId as string }),
    );
    assert.deepEqual(decision.idTokenInfo, { status: 'Accepted', groupIdToken: 'GUARDS', expiresAt: null });
    const { idToken, authorizationStatus, flags } = await view(decision);
    assert.deepEqual(
      [idToken, authorizationStatus, flags.includes('master-pass-start')],
      ['DRIVER', 'Accepted', false],
    );
  });

  it('starts nothing where the station gives the name, and stops what began without a token', async () => {
    const event = (number: number, more: Partial<TransactionReport> & { token?: string }): TransactionReport =>
      report(number, { stationTransactionId: 'tx', sequence: { number, digest: `${station}-${number}` }, ...more });
    const started = await bench.service.transactionStarted(event(0, { trigger: 'CablePluggedIn' }));
    const refused = await bench.service.transactionUpdated(event(1, { token: 'GUARD', trigger: 'Authorized' }));
    assert.equal(refused.idTokenInfo?.status, 'Invalid');
    assert.ok((await view(started)).flags.includes('master-pass-start'));
    station = await bench.addStation();
    const other = await bench.service.transactionStarted(event(0, { trigger: 'CablePluggedIn' }));
    const ended = await bench.service.transactionEnded(event(2, { token: 'GUARD', trigger: 'StopAuthorized' }));
    assert.equal(ended.idTokenInfo?.status, 'Accepted');
    const { status, flags } = await view(other);
    assert.deepEqual([status, flags.includes('master-pass-start')], ['ended', false]);
    const { rows } = await bench.database.pool.query('select from csms.start_intents where station_id = $1', [station]);
    assert.equal(rows.length, 0, 'nobody is charged for it');
  });
});
