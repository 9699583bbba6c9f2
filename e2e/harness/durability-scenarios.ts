import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ocpp16Words, ocpp201Words } from './charge-words.ts';
import type { ChargedServer } from './charged-server.ts';
import { type ChargingLoop, LoopStation } from './charging-loop.ts';
import { assertStoredExactlyOnce } from './compare-ledger.ts';
import { eventually } from './eventually.ts';
import { LoopPile } from './pile-loop.ts';
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

/** How the stations get on, for troubles that come one after the other. */
export interface Progress {
  /** All that stations were answered so far. */
  answers(): number;
  /** Resolves when they have been answered so often again. */
  moreAnswers(what: string, count?: number): Promise<void>;
}

export interface Outcome {
  /** How often something was sent again, for checks that there was trouble at all. */
  readonly resent: number;
  /** Records of piles among that. */
  readonly recordsResent: number;
  readonly acknowledged: number;
}

/** Of the site, and so of the piles' clocks. */
const PILE_ZONE = { timeZone: 'Asia/Shanghai', offsetMinutes: 480 } as const;

/** Piles are called by digits. */
function pilePrefixOf(fleet: string): string {
  return `32${[...fleet].map((letter) => String(letter.charCodeAt(0) % 10)).join('')}`.slice(0, 10).padEnd(10, '0');
}

/**
 * Lets stations charge, makes trouble in the middle, waits until they charge on without help, and compares what was acknowledged with
 * what is stored.
 *
 * @param trouble resolves when it is over and nothing but recovery is left
 */
export async function chargeThroughTrouble<Server extends ChargedServer>(
  server: Server,
  options: LoadOptions,
  trouble: (server: Server, progress: Progress) => Promise<void>,
): Promise<Outcome> {
  const api = await server.login();
  const [site] = await api.all<{ readonly id: string }>('/sites');
  await api.patch(`/sites/${site?.id}`, { timeZone: PILE_ZONE.timeZone });
  await using stack = new AsyncDisposableStack();
  const { fleet, meterValuesPerCharge } = options;
  const pilePrefix = pilePrefixOf(fleet);
  const stations: ChargingLoop[] = [];
  const piles: LoopPile[] = [];
  // One after the other: OCPP 1.6, 2.0.1, YKC.
  for (let index = 1; index <= options.stations; index++) {
    const facts = { meterValuesPerCharge };
    if (index % 3 === 0) {
      const identity = `${pilePrefix}${String(index).padStart(4, '0')}`;
      const idTag = `${identity}FF`;
      await api.post('/stations', { id: identity, password: null, registrationStatus: 'Accepted' });
      await api.post('/id-tokens', { idToken: idTag, type: 'ISO14443', status: 'Accepted' });
      const { offsetMinutes } = PILE_ZONE;
      const pile = stack.use(new LoopPile({ ...facts, url: () => server.ykc, identity, idTag, offsetMinutes }));
      piles.push(pile);
      stations.push(pile);
    } else {
      const identity = `${fleet}-${index}`;
      const idTag = `TAG-${identity}`.slice(0, 20);
      await api.post('/id-tokens', { idToken: idTag, type: 'ISO14443', status: 'Accepted' });
      const words = index % 3 === 2 ? ocpp201Words(identity) : ocpp16Words();
      stations.push(stack.use(new LoopStation({ ...facts, url: () => server.ocpp, identity, idTag, words })));
    }
  }
  const answers = () => stations.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  const moreAnswers = async (what: string, count = options.answersAround) => {
    const goal = answers() + count;
    const charging = eventually(what, () => answers() >= goal, RECOVERY_MS);
    await Promise.race([charging, ...stations.map(({ failed }) => failed)]);
  };
  await moreAnswers('the stations charge');
  // The trouble begins while a record is under way, in the turn in which it was sent.
  await Promise.race([...piles.map((pile) => pile.nextRecord()), ...piles.map(({ failed }) => failed)]);
  await trouble(server, { answers, moreAnswers });
  await moreAnswers('the stations charge again, without help');
  await Promise.all(stations.map((station) => station.finish()));

  assert.deepEqual(
    stations.flatMap(({ refusals }) => refusals),
    [],
    'refusals of messages about transactions',
  );
  const ledger = stations.flatMap((station) => station.ledger);
  assert.ok(ledger.every(({ stop }) => stop !== undefined));
  await assertStoredExactlyOnce(server, [`${fleet}-`, pilePrefix], ledger);
  return {
    resent: stations.reduce((sum, { resent }) => sum + resent, 0),
    recordsResent: piles.reduce((sum, { recordsResent }) => sum + recordsResent, 0),
    acknowledged: answers(),
  };
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
