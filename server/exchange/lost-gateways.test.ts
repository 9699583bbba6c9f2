import assert from 'node:assert/strict';
import type { Instance } from '@voltpile/platform/registry/instances';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { lostGatewaysJob } from './lost-gateways.ts';

const logger = createLogger({ level: 'silent', format: 'json' });

/** What the registry answers at each question; the last answer holds for the rest. */
function run(answers: readonly (readonly string[] | undefined)[], open: readonly string[]) {
  const closed: string[] = [];
  const told: string[] = [];
  let asked = 0;
  let waitedMs = 0;
  const job = lostGatewaysJob({
    registry: {
      instances: async () => {
        const nodes = answers[Math.min(asked, answers.length - 1)];
        asked += 1;
        return nodes?.map(
          (node) => ({ service: node.startsWith('csms') ? 'csms' : 'station-gateway', node }) as Instance,
        );
      },
    },
    connections: {
      openNodes: async () => open.filter((node) => !closed.includes(node)),
      closeLostNode: async (node) => closed.push(node),
    },
    onLost: (node) => told.push(node),
    logger,
    wait: async (ms) => {
      waitedMs += ms;
    },
  });
  const halt = new AbortController();
  return { closed, told, halt, done: job.run(halt.signal), asked: () => asked, waitedMs: () => waitedMs };
}

describe('gateways that are gone', () => {
  it('have nothing open any more once they have been missing for ten seconds', async () => {
    const lost = run([['one']], ['one', 'two']);
    await lost.done;
    assert.deepEqual([lost.closed, lost.told, lost.waitedMs()], [['two'], ['two'], 10_000]);
  });

  it('are not those that answer between', async () => {
    const busy = run([['one'], ['one'], ['one'], ['one', 'two'], ['one'], ['one'], ['one', 'two']], ['one', 'two']);
    await busy.done;
    assert.deepEqual([busy.closed, busy.asked()], [[], 4]);
  });

  it('are looked for each on its own', async () => {
    const answers = [['one', 'two'], ['one'], ['one'], ['three'], ['three']];
    const several = run(answers, ['one', 'two', 'three']);
    await several.done;
    // `one` and `two` are missing from then on; `three` has come meanwhile.
    assert.deepEqual(several.closed, ['two', 'one']);
  });

  it('are nobody when nobody can be asked', async () => {
    const cut = run([['one'], ['one'], undefined], ['one', 'two']);
    await cut.done;
    assert.deepEqual(cut.closed, []);
  });

  it('are not those without open connections, nor is a process without that role a gateway', async () => {
    const fine = run([['one']], ['one']);
    await fine.done;
    assert.equal(fine.asked(), 1);
    const other = run([['csms']], ['csms']);
    await other.done;
    assert.deepEqual(other.closed, ['csms']);
  });

  it('are left to another process when this one stops', async () => {
    const stopped = run([['one']], ['one', 'two']);
    stopped.halt.abort();
    await stopped.done;
    assert.deepEqual([stopped.closed, stopped.asked()], [[], 1]);
  });
});
