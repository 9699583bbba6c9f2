import assert from 'node:assert/strict';
import { BurstGate } from './burst-gate.ts';

const WINDOW_MS = 30;

describe('the gate of bursts', () => {
  const now = () => performance.now();

  it('lets the first one through, and the next ones together when the time is over', async () => {
    const gate = new BurstGate(WINDOW_MS);
    const begun = now();
    assert.equal(gate.pass(now()), undefined);
    const waits = [gate.pass(now()), gate.pass(now())];
    assert.ok(waits[0] !== undefined && waits[0] === waits[1]);
    await waits[0];
    assert.ok(now() - begun >= WINDOW_MS - 2);
    gate.stop();
  });

  it('lets nobody wait twice', async () => {
    const gate = new BurstGate(WINDOW_MS);
    gate.pass(now());
    const queued = now();
    await gate.pass(now());
    // Stood behind the one that has just gone through.
    assert.equal(gate.pass(queued), undefined);
    assert.ok(gate.pass(now()) !== undefined);
    gate.stop();
  });

  it('opens for everybody when it is given up', async () => {
    const gate = new BurstGate(60_000);
    gate.pass(now());
    const waiting = gate.pass(now());
    gate.stop();
    await waiting;
  });
});
