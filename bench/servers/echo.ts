import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { serve } from './serve.ts';

/** Rung (a): the least that a WebSocket server can do. */
await serve(async () => {
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false, handleProtocols: () => 'ocpp1.6' });
  sockets.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ocpp`,
    count: async () => null,
    stop: async () => void server.close(),
  };
});
