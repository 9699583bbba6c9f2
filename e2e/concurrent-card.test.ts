import assert from 'node:assert/strict';
import pg from 'pg';
import { BareStation } from './harness/bare-station.ts';
import { type ServerInProcess, startInProcess } from './harness/server-in-process.ts';

const ROUNDS = 1000;
const PAIRS = 4;
const CONNECTORS = 2;

interface StartAnswer {
  readonly transactionId: number;
  readonly idTagInfo: { readonly status: string };
}

describe('one card on two piles at the same instant', function () {
  this.timeout(60_000);
  let server: ServerInProcess;

  before(async () => {
    server = await startInProcess();
  });
  after(() => server[Symbol.asyncDispose]());

  it(`is accepted exactly once, ${ROUNDS} times`, async () => {
    const api = await server.login();
    await using stack = new AsyncDisposableStack();
    const lanes: Promise<void>[] = [];
    let rounds = 0;
    const firstWins = { left: 0, right: 0 };

    /** Starts on both piles at once, checks, and stops both. */
    async function round(left: BareStation, right: BareStation, connectorId: number, idTag: string): Promise<void> {
      const timestamp = new Date(Date.now()).toISOString();
      const start = { connectorId, idTag, meterStart: rounds, timestamp };
      const answers = await Promise.all([
        left.call<StartAnswer>('StartTransaction', start),
        right.call<StartAnswer>('StartTransaction', start),
      ]);
      const statuses = answers.map(({ idTagInfo }) => idTagInfo.status);
      assert.deepEqual(statuses.toSorted(), ['Accepted', 'ConcurrentTx'], `round ${rounds}`);
      firstWins[statuses[0] === 'Accepted' ? 'left' : 'right'] += 1;
      const stop = { idTag, meterStop: rounds, timestamp: new Date().toISOString() };
      await Promise.all([
        left.call('StopTransaction', { ...stop, transactionId: answers[0].transactionId }),
        right.call('StopTransaction', { ...stop, transactionId: answers[1].transactionId }),
      ]);
    }

    for (let pair = 0; pair < PAIRS; pair++) {
      const left = stack.use(await BareStation.connect(server.ocpp, `left-${pair}`));
      const right = stack.use(await BareStation.connect(server.ocpp, `right-${pair}`));
      for (let connectorId = 1; connectorId <= CONNECTORS; connectorId++) {
        const idTag = `TWICE-${pair}-${connectorId}`;
        await api.post('/id-tokens', { idToken: idTag, type: 'ISO14443', status: 'Accepted' });
        // Two lanes meet at each pile in opposite order: a deadlock, if locks were taken in the order of arrival.
        const [first, second] = connectorId % 2 === 0 ? [left, right] : [right, left];
        lanes.push(
          (async () => {
            while (rounds < ROUNDS) {
              rounds += 1;
              await round(first, second, connectorId, idTag);
            }
          })(),
        );
      }
    }
    await Promise.all(lanes);
    assert.equal(rounds, ROUNDS);
    assert.equal(firstWins.left + firstWins.right, ROUNDS);

    const active = await api.all('/transactions?status=active');
    assert.deepEqual(active, []);
    assert.deepEqual(server.log, []);
    // The counter is complete once the server's own connections are closed.
    await server.voltpile.stop();
    const client = new pg.Client({ connectionString: server.database.url });
    await client.connect();
    const { rows } = await client.query<{ deadlocks: string; accepted: string }>(
      `select deadlocks, (select count(*) from csms.transactions where authorization_status = 'Accepted') as accepted
       from pg_stat_database where datname = current_database()`,
    );
    await client.end();
    assert.deepEqual(rows, [{ deadlocks: '0', accepted: `${ROUNDS}` }]);
  });
});
