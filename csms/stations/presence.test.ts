import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import type { StationKey } from '../contract/ids.ts';
import { Presence, type Sight } from './presence.ts';

const logger = createLogger({ level: 'silent', format: 'json' });

const at = (ms: number): Sight => ({ at: instant(ms), epoch: 1 });

describe('Presence', () => {
  it('writes by itself every so often, only what was heard since', async () => {
    const stored: [StationKey, Sight][][] = [];
    const second = Promise.withResolvers<void>();
    const presence = new Presence({
      store: async (seen) => {
        stored.push([...seen]);
        if (stored.length === 2) second.resolve();
        else presence.seen('b', at(7));
      },
      logger,
      flushIntervalMs: 5,
    });
    presence.seen('a', at(2));
    presence.seen('a', at(1));
    presence.start();
    presence.start();
    // The timer does not keep the process alive; the test does.
    const alive = setInterval(() => {}, 1000);
    await second.promise;
    clearInterval(alive);
    await presence.stop();
    assert.deepEqual(stored, [[['a', at(2)]], [['b', at(7)]]]);
  });

  it('keeps what could not be written for the next time', async () => {
    let isAway = true;
    const stored: [StationKey, Sight][][] = [];
    const presence = new Presence({
      store: async (seen) => {
        if (isAway) throw new Error('away');
        stored.push([...seen]);
      },
      logger,
    });
    presence.seen('a', at(1));
    presence.seen('b', at(5));
    const writing = presence.flush();
    presence.seen('a', at(2));
    await writing;
    assert.equal(presence.waiting, 2);
    isAway = false;
    await presence.stop();
    assert.deepEqual(
      new Map(stored.flat()),
      new Map([
        ['a', at(2)],
        ['b', at(5)],
      ]),
    );
  });
});
