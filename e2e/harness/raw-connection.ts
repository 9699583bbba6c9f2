import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { PATIENCE_MS, within } from './deadline.ts';

/** A TCP connection to a URL's host and port, for what is no proper request. */
export async function openTcp(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => {});
  await within(once(socket, 'connect'), 'a TCP connection');
  return socket;
}

/** Sends text and returns everything that comes until the other side closes. */
export async function exchange(url: string, text: string, milliseconds: number = PATIENCE_MS): Promise<string> {
  const socket = await openTcp(url);
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1');
  });
  const ended = once(socket, 'close');
  socket.write(text);
  try {
    await within(ended, `the end of the answer to ${JSON.stringify(text.slice(0, 60))}`, milliseconds);
  } finally {
    socket.destroy();
  }
  return answer;
}

/** A proper WebSocket handshake to that path, as text. */
export function handshakeText(path: string, protocol = 'ocpp1.6'): string {
  return [
    `GET ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Sec-WebSocket-Protocol: ${protocol}`,
    '',
    '',
  ].join('\r\n');
}
