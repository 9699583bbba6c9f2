import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { codeText, type MessageTable } from '@voltpile/ykc/messages/message';
import { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { transactionRecord } from '@voltpile/ykc/messages/record';
import { startRequest } from '@voltpile/ykc/messages/start';
import fc from 'fast-check';
import { databaseAway } from '../testing/database-away.ts';
import { MESSAGES } from './messages.ts';
import { frameKindOf } from './pile/frame-kinds.ts';
import { arbitraryBodies } from './testing/arbitrary-bodies.ts';
import { cardRequest, idle, realtime, record } from './testing/bodies.ts';
import { PileBench } from './testing/pile-bench.ts';

/** What is asked of the domain by one frame at most. */
const MOST_CALLS = 3;

/** A database that is away for one call, after so many. */
class Outage {
  #left: number;

  constructor(bench: PileBench, calls: number) {
    this.#left = calls;
    const port = bench.port as unknown as Record<string, (argument: unknown) => Promise<unknown>>;
    for (const [method, call] of Object.entries(port)) {
      port[method] = async (argument) => {
        this.#left -= 1;
        if (this.#left === -1) throw databaseAway();
        return call(argument);
      };
    }
  }

  /** It will not happen any more. */
  end(): void {
    this.#left = -1;
  }
}

/** Hands a frame to the pile's dialog as its session does: again, while the domain is away. @returns how often */
async function hand(bench: PileBench, bytes: Buffer): Promise<number> {
  const frame = bench.read(bytes);
  for (let attempt = 1; ; attempt++) {
    try {
      await bench.pile.handle(bench.turn(frame, attempt));
      return attempt;
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'test.database_away');
      assert.ok(attempt <= MOST_CALLS);
    }
  }
}

/** What a frame has come to: calls of the port, each once, and what the pile was sent. */
function effectOf(bench: PileBench): unknown {
  const calls = [...new Set(bench.recording.calls.splice(0).map((call) => JSON.stringify(call)))];
  const { odds, securityEvents, warnings, clocks, left } = bench;
  return { calls, sent: bench.frames(), odds: [...new Set(odds)], securityEvents, warnings, clocks, left };
}

describe('a frame that is tried again because the database was away', () => {
  // Serials begin to count anywhere: here, at the same.
  before(() => mock.method(Math, 'random', () => 0.5));
  after(() => mock.restoreAll());

  const again = MESSAGES.filter(({ table }) => frameKindOf(table.code) !== 'prompt');

  for (const { table } of again) {
    it(`${codeText(table.code)} has the same effect as one that was stored at once`, async () => {
      const cases = fc.tuple(
        arbitraryBodies(table as MessageTable),
        fc.nat(MOST_CALLS - 1),
        fc.boolean(),
        fc.boolean(),
      );
      await fc.assert(
        fc.asyncProperty(cases, async ([body, calls, isKnown, hasCharged]) => {
          const answers = {
            authorize: { status: isKnown ? 'Accepted' : 'Unknown', groupIdToken: null, expiresAt: null },
          } as const;
          const [once, twice] = [await PileBench.loggedIn({ answers }), await PileBench.loggedIn({ answers })];
          for (const bench of [once, twice]) {
            if (hasCharged) await bench.say(bench.frame(realtimeData, realtime()));
            effectOf(bench);
          }
          const outage = new Outage(twice, calls);
          assert.equal(await hand(once, once.raw(table.code, body)), 1);
          await hand(twice, twice.raw(table.code, body));
          assert.deepEqual(effectOf(twice), effectOf(once));
          // And whatever comes next finds the same.
          outage.end();
          for (const bench of [once, twice]) {
            bench.clock.advance(15_000);
            await bench.say(bench.frame(startRequest, cardRequest()));
            await bench.say(bench.frame(realtimeData, idle({ plugged: 1 })));
            await bench.say(bench.frame(realtimeData, realtime()));
            await bench.say(bench.frame(transactionRecord, record()));
            bench.pile.tick();
          }
          assert.deepEqual(effectOf(twice), effectOf(once));
        }),
        { numRuns: 60 },
      );
    });
  }

  it('is none of those that the session never tries again', () => {
    const others = MESSAGES.filter((message) => !again.includes(message)).map(({ table }) => codeText(table.code));
    assert.deepEqual(others.sort(), ['0x03', '0x05', '0x09', '0x55']);
  });
});
