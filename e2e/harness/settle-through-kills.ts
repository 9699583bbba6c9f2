import assert from 'node:assert/strict';
import { ocpp16Words, ocpp201Words } from './charge-words.ts';
import { type ChargingLoop, LoopStation } from './charging-loop.ts';
import { eventually } from './eventually.ts';
import { LoopPile } from './pile-loop.ts';
import type { ServerUnderTest } from './server-process.ts';

export interface SettlementLoad {
  /** Of each dialect. */
  readonly stations: number;
  /** That end at least, all in all. */
  readonly charges: number;
  /** How often the server is killed while it settles, at even distances. */
  readonly kills: number;
}

/** Who pays for what is charged: by invoice, from a wallet, and nobody. */
export interface Payers {
  readonly postpaid: string;
  readonly prepaid: string;
}

export const TOP_UP = '100000.00';
const METER_VALUES = 1;
const RECOVERY_MS = 40_000;
const PILE_ZONE = { timeZone: 'Asia/Shanghai', offsetMinutes: 480 } as const;
/** A cent for each 10 Wh, and something for the start: what is rounded differs from charge to charge. */
const TARIFF = {
  currency: 'EUR',
  elements: [
    {
      price_components: [
        { type: 'FLAT', price: '0.35', vat: '19', step_size: 1 },
        { type: 'ENERGY', price: '1.037', vat: '19', step_size: 1 },
      ],
    },
  ],
};

/** Assigns a tariff to everybody, and makes the accounts that pay. */
export async function makePayers(server: ServerUnderTest): Promise<Payers> {
  const api = await server.login();
  const [site] = await api.all<{ readonly id: string }>('/sites');
  await api.patch(`/sites/${site?.id}`, { timeZone: PILE_ZONE.timeZone });
  const tariff = await api.post<{ readonly id: string }>('/tariffs', { name: 'Standard', tariff: TARIFF });
  await api.post('/tariff-assignments', { tariffId: tariff.id, target: { kind: 'organization' } });
  const account = async (paymentMode: string) => {
    const facts = { kind: 'driver', name: paymentMode, currency: 'EUR', paymentMode };
    return (await api.post<{ readonly id: string }>('/accounts', facts)).id;
  };
  const prepaid = await account('prepaid');
  const topUp = { amount: { amount: TOP_UP, currency: 'EUR' }, reason: 'Cash' };
  await api.post(`/accounts/${prepaid}/wallet/top-ups`, topUp);
  return { postpaid: await account('postpaid'), prepaid };
}

/**
 * Lets stations of all dialects charge without a pause, and kills the server each time that some charges are settled and others wait for it. What
 * the stations were not answered they say again, and every end twice.
 *
 * @returns how many charges the stations know to be ended, once all of them are settled
 */
export async function settleThroughKills(
  server: ServerUnderTest,
  payers: Payers,
  load: SettlementLoad,
): Promise<number> {
  const api = await server.login();
  await using stack = new AsyncDisposableStack();
  const loops: ChargingLoop[] = [];
  const token = (idToken: string, accountRef?: string) =>
    api.post('/id-tokens', { idToken, ...(accountRef === undefined ? {} : { accountRef }) });
  for (let index = 1; index <= load.stations; index++) {
    const common = { url: () => server.ocpp, meterValuesPerCharge: METER_VALUES, endsTwice: true };
    const [older, newer] = [`MONEY16-${index}`, `MONEY201-${index}`];
    await token(older, payers.postpaid);
    await token(newer, payers.prepaid);
    loops.push(stack.use(new LoopStation({ ...common, identity: older, idTag: older, words: ocpp16Words() })));
    loops.push(stack.use(new LoopStation({ ...common, identity: newer, idTag: newer, words: ocpp201Words(newer) })));
    const identity = `3201060001${String(index).padStart(4, '0')}`;
    const idTag = `${identity}FF`;
    await api.post('/stations', { id: identity, password: null });
    await token(idTag);
    const { offsetMinutes } = PILE_ZONE;
    loops.push(stack.use(new LoopPile({ ...common, url: () => server.ykc, identity, idTag, offsetMinutes })));
  }
  const ended = () =>
    loops.reduce((sum, { ledger }) => sum + ledger.filter(({ stop }) => stop !== undefined).length, 0);
  const failed = loops.map((loop) => loop.failed);
  for (let kill = 1; kill <= load.kills; kill++) {
    const goal = (load.charges * kill) / (load.kills + 1);
    const settling = eventually(
      `${goal} charges, some of them settled`,
      async () => {
        return ended() >= goal && (await isSettling(server));
      },
      RECOVERY_MS,
    );
    await Promise.race([settling, ...failed]);
    await server.kill9();
    await server.restart();
  }
  await Promise.race([eventually('all charges', () => ended() >= load.charges, RECOVERY_MS), ...failed]);
  await Promise.all(loops.map((loop) => loop.finish()));
  assert.deepEqual(
    loops.flatMap(({ refusals }) => refusals),
    [],
  );
  await eventually('nothing waits to be settled', () => isAllSettled(server), RECOVERY_MS);
  return ended();
}

/** All events are told to billing once more. Resolves when it has heard all of them, and looked at what they are about. */
export async function tellAgain(server: ServerUnderTest): Promise<void> {
  const [end] = await server.query<{ last_id: string }>(
    `update csms.outbox_cursors c set last_id = 0 from csms.outbox_cursors old
     where c.consumer = 'billing' and old.consumer = c.consumer returning old.last_id`,
  );
  await server.kill9();
  await server.restart();
  await eventually(
    'billing has heard everything again',
    async () => {
      const [now] = await server.query<{ last_id: string }>(
        `select last_id from csms.outbox_cursors where consumer = 'billing'`,
      );
      return BigInt(now?.last_id ?? 0) >= BigInt(end?.last_id ?? 0);
    },
    RECOVERY_MS,
  );
  await eventually('nothing is looked at any more', () => isAllSettled(server), RECOVERY_MS);
}

/** Some charges were settled, and others are being settled at this moment. */
async function isSettling(server: ServerUnderTest): Promise<boolean> {
  const [row] = await server.query<{ pending: number; settled: number }>(
    `select count(*) filter (where state = 'pending')::int as pending, count(*) filter (where state = 'settled')::int as settled
     from billing.settlements`,
  );
  return row !== undefined && row.pending > 0 && row.settled > 0;
}

/** Also of those of whose end billing has not heard yet. */
async function isAllSettled(server: ServerUnderTest): Promise<boolean> {
  const [row] = await server.query<{ unsettled: number }>(
    `select count(*)::int as unsettled from csms.transactions t left join billing.settlements s on s.transaction_id = t.id
     where t.status = 'ended' and (s.state is distinct from 'settled' or s.is_touched or s.news <> s.news_seen)`,
  );
  return row?.unsettled === 0;
}
