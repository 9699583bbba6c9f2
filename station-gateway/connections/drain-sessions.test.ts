import assert from 'node:assert/strict';
import { drainSessions } from './drain-sessions.ts';
import type { GatewaySession } from './gateway-session.ts';

/** Only what the drain looks at. */
function sessionOn(socket: object, identity: string): GatewaySession {
  return { socket, identity } as unknown as GatewaySession;
}

describe('draining sessions', () => {
  it('asks each once, spread over the time and done within it', async () => {
    const sessions = Array.from({ length: 200 }, (_, index) => sessionOn({}, `CP${index}`));
    const asked: { identity: string; at: number }[] = [];
    const began = performance.now();
    await drainSessions(sessions, 400, ({ identity }) => asked.push({ identity, at: performance.now() - began }));
    assert.equal(new Set(asked.map(({ identity }) => identity)).size, 200);
    assert.equal(asked.length, 200);
    // Each has a share of 2 ms: whatever the machine does, nobody is asked before it.
    for (const [index, { at }] of asked.entries()) assert.ok(at >= index * 2 - 1, `${index} at ${at} ms`);
    assert.notDeepEqual(
      asked.map(({ identity }) => identity),
      sessions.map(({ identity }) => identity),
    );
  });

  it('does not take its time where there are few', async () => {
    const asked: string[] = [];
    const began = performance.now();
    await drainSessions([sessionOn({}, 'CP1'), sessionOn({}, 'CP2')], 3_600_000, ({ identity }) =>
      asked.push(identity),
    );
    assert.deepEqual(asked.sort(), ['CP1', 'CP2']);
    assert.ok(performance.now() - began < 5000);
    await drainSessions([], 3_600_000, () => assert.fail('there is nobody'));
  });

  it('asks those that share a socket together', async () => {
    const [one, other] = [{}, {}];
    const sessions = [sessionOn(one, 'A'), sessionOn(other, 'B'), sessionOn(one, 'C'), sessionOn(other, 'D')];
    const asked: string[] = [];
    await drainSessions(sessions, 50, ({ identity }) => asked.push(identity));
    assert.ok(['ACBD', 'BDAC'].includes(asked.join('')), asked.join(''));
  });
});
