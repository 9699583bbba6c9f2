import { WebSocket } from 'ws';
import type { StationSession } from '../connections/station-session.ts';

/**
 * A WebSocket that knows its session, so that one set of listeners serves all sockets: an idle station costs no closures.
 */
export class StationSocket extends WebSocket {
  session: StationSession | null = null;

  /** Routes the socket's events to the session. Called once, in the tick of the upgrade: no frame can be missed. */
  attach(session: StationSession): void {
    this.session = session;
    this.on('message', onMessage);
    this.on('ping', onPing);
    this.on('pong', onPong);
    this.on('error', onError);
    this.on('close', onClose);
  }
}

function onMessage(this: WebSocket, data: Buffer, isBinary: boolean): void {
  (this as StationSocket).session?.heardMessage(data, isBinary);
}

function onPing(this: WebSocket, data: Buffer): void {
  (this as StationSocket).session?.heardPing(data);
}

function onPong(this: WebSocket): void {
  (this as StationSocket).session?.heardPong();
}

function onError(this: WebSocket, error: Error): void {
  (this as StationSocket).session?.failed(error);
}

function onClose(this: WebSocket, code: number): void {
  (this as StationSocket).session?.closed(code);
}
