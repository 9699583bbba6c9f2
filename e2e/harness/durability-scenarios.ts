import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ocpp16Words, ocpp201Words } from './charge-words.ts';
import { LoopStation } from './charging-loop.ts';
import { assertStoredExactlyOnce } from './compare-ledger.ts';
import { eventually } from './eventually.ts';
import type { ServerUnderTest } from './server-process.ts';

export interface LoadOptions {
  /** What the identities of its stations begin with. */
  readonly fleet: string;
  readonly stations: number;
  readonly meterValuesPerCharge: number;
  /** How many answers the stations get before the trouble begins, and again after it. */
  readonly answersAround: number;
}

const RECOVERY_MS = 40_000;

/** Signals to processes that were there a moment ago. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/**
 * Lets stations charge, makes trouble in the middle, waits until they charge on without help, and compares what was acknowledged with
 * what is stored.
 *
 * @param trouble resolves when it is over and nothing but recovery is left
 * @returns how often something was sent again, for checks that there was trouble at all
 */
export async function chargeThroughTrouble(
  server: ServerUnderTest,
  options: LoadOptions,
  trouble: (server: ServerUnderTest) => Promise<void>,
): Promise<{ readonly resent: number; readonly acknowledged: number }> {
  const api = await server.login();
  await using stack = new AsyncDisposableStack();
  const stations: LoopStation[] = [];
  for (let index = 1; index <= options.stations; index++) {
    const identity = `${options.fleet}-${index}`;
    const idTag = `TAG-${identity}`.slice(0, 20);
    await api.post('/id-tokens', { idToken: idTag, type: 'ISO14443', status: 'Accepted' });
    const { meterValuesPerCharge } = options;
    // Every other station speaks the other version.
    const words = index % 2 === 0 ? ocpp201Words(identity) : ocpp16Words();
    const facts = { url: () => server.ocpp, identity, idTag, meterValuesPerCharge, words };
    stations.push(stack.use(new LoopStation(facts)));
  }
  const answers = () => stations.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  const moreAnswers = async (what: string) => {
    const goal = answers() + options.answersAround;
    const charging = eventually(what, () => answers() >= goal, RECOVERY_MS);
    await Promise.race([charging, ...stations.map(({ failed }) => failed)]);
  };
  await moreAnswers('the stations charge');
  await trouble(server);
  await moreAnswers('the stations charge again, without help');
  await Promise.all(stations.map((station) => station.finish()));

  assert.deepEqual(
    stations.flatMap(({ refusals }) => refusals),
    [],
    'CALLERRORs to transaction messages',
  );
  const ledger = stations.flatMap((station) => station.ledger);
  assert.ok(ledger.every(({ stop }) => stop !== undefined));
  await assertStoredExactlyOnce(server, options.fleet, ledger);
  return { resent: stations.reduce((sum, { resent }) => sum + resent, 0), acknowledged: answers() };
}

/** The server is killed under load and started again. */
export async function killServer(server: ServerUnderTest): Promise<void> {
  await server.kill9();
  await server.restart();
}

/** PostgreSQL is killed; the server must see to its restart. */
export function killPostgres(server: ServerUnderTest): Promise<void> {
  return endPostgres(server, 'SIGKILL');
}

/** PostgreSQL is shut down behind the server's back. */
export function stopPostgres(server: ServerUnderTest): Promise<void> {
  return endPostgres(server, 'SIGINT');
}

async function endPostgres(server: ServerUnderTest, signal: NodeJS.Signals): Promise<void> {
  const postmaster = await server.postmasterPid();
  process.kill(postmaster, signal);
  await eventually('another postmaster', async () => (await server.postmasterPid()) !== postmaster, RECOVERY_MS);
  await eventually('PostgreSQL answers', () => server.query('select 1'), RECOVERY_MS);
}

/** Every process of PostgreSQL stands still for a while, with all its sockets open. */
export function freezePostgres(milliseconds: number): (server: ServerUnderTest) => Promise<void> {
  return async (server) => {
    const pids = await server.postgresPids();
    assert.ok(pids.length > 1);
    signalAll(pids, 'SIGSTOP');
    try {
      await sleep(milliseconds);
    } finally {
      signalAll(pids, 'SIGCONT');
    }
  };
}
