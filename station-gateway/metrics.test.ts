import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { GatewayMetrics } from './metrics.ts';

describe('metrics of the gateway', () => {
  it('show an error of ours at 0 from the first message of an action on', async () => {
    const registry = new Registry();
    const none = (): number => 0;
    const metrics = new GatewayMetrics(registry, {
      connections: () => new Map([['ocpp1.6', 0]]),
      halfOpen: none,
      pausedSockets: none,
      queuedMessages: none,
      queuedBytes: none,
      pendingDisconnectReports: none,
    });
    metrics.handled('Heartbeat', { kind: 'result', payload: {} }, 1);
    metrics.frameHandled('0x03', 'handled', 1);
    const shown = await registry.metrics();
    assert.match(shown, /messages_total\{action="Heartbeat",outcome="InternalError"\} 0/);
    assert.match(shown, /messages_total\{action="0x03",outcome="failed"\} 0/);
    assert.match(shown, /connects_total\{protocol="ocpp1.6"\} 0/);
    assert.match(shown, /disconnects_total\{reason="held-too-long"\} 0/);
  });
});
