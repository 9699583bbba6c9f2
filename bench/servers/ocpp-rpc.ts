import type { AddressInfo } from 'node:net';
import { RPCServer } from 'ocpp-rpc';
import { serve } from './serve.ts';

/** Rung (b): the npm library with strict validation, and handlers that do nothing. */
await serve(async () => {
  const server = new RPCServer({ protocols: ['ocpp1.6'], strictMode: true });
  let transactionId = 0;
  server.auth((accept) => accept());
  server.on('client', (client) => {
    client.handle('BootNotification', () => ({
      status: 'Accepted',
      interval: 300,
      currentTime: new Date().toISOString(),
    }));
    client.handle('Heartbeat', () => ({ currentTime: new Date().toISOString() }));
    client.handle('StartTransaction', () => ({ transactionId: ++transactionId, idTagInfo: { status: 'Accepted' } }));
    client.handle('MeterValues', () => ({}));
    client.handle('StopTransaction', () => ({}));
  });
  const http = await server.listen(0, '127.0.0.1');
  return {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/ocpp`,
    count: async () => null,
    stop: () => server.close({ force: true }),
  };
});
