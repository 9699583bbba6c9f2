import assert from 'node:assert/strict';
import type { ApiClient } from './api-client.ts';
import { BareStation } from './bare-station.ts';

const PAIRS = 4;
const CONNECTORS = 2;

interface StartAnswer {
  readonly transactionId: number;
  readonly idTagInfo: { readonly status: string };
}

/**
 * Starts charges with one card on two piles at the same instant, again and again: each time one is accepted. Several pairs of piles at once, which meet
 * in opposite order: a deadlock, if locks were taken in the order of arrival.
 *
 * @param urls where the one pile of a pair connects, and the other
 */
export async function oneCardOnTwoPiles(
  api: ApiClient,
  urls: { readonly left: () => string; readonly right: () => string },
  wantedRounds: number,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const lanes: Promise<void>[] = [];
  let rounds = 0;

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
    const stop = { idTag, meterStop: rounds, timestamp: new Date().toISOString() };
    await Promise.all([
      left.call('StopTransaction', { ...stop, transactionId: answers[0].transactionId }),
      right.call('StopTransaction', { ...stop, transactionId: answers[1].transactionId }),
    ]);
  }

  for (let pair = 0; pair < PAIRS; pair++) {
    const left = stack.use(await BareStation.connect(urls.left(), `left-${pair}`));
    const right = stack.use(await BareStation.connect(urls.right(), `right-${pair}`));
    for (let connectorId = 1; connectorId <= CONNECTORS; connectorId++) {
      const idTag = `TWICE-${pair}-${connectorId}`;
      await api.post('/id-tokens', { idToken: idTag, type: 'ISO14443', status: 'Accepted' });
      const [first, second] = connectorId % 2 === 0 ? [left, right] : [right, left];
      lanes.push(
        (async () => {
          while (rounds < wantedRounds) {
            rounds += 1;
            await round(first, second, connectorId, idTag);
          }
        })(),
      );
    }
  }
  await Promise.all(lanes);
  assert.equal(rounds, wantedRounds);
  // The site's own piles charge nothing else.
  assert.deepEqual(await api.all('/transactions?status=active'), []);
}
