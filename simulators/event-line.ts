import type { StationEvent } from './station/events.ts';

/** Events that only `--verbose` shows: every answer of the central system. */
export function isDetail(event: StationEvent): boolean {
  return event.type === 'answered' || event.type === 'flushed';
}

/** One line of a live log: simulated time, station, what happened. */
export function eventLine(event: StationEvent): string {
  const time = new Date(event.at).toISOString().slice(0, 19).replace('T', ' ');
  return `${time}  ${event.station.padEnd(12)} ${describe(event)}`;
}

function describe(event: StationEvent): string {
  switch (event.type) {
    case 'connected':
      return 'connected';
    case 'connect-failed':
      return event.retryInSeconds === null
        ? `cannot connect (${event.reason}); gives up`
        : `cannot connect (${event.reason}); tries again in ${event.retryInSeconds.toFixed(1)} s`;
    case 'disconnected':
      return `disconnected (${event.code}${event.reason === '' ? '' : ` ${event.reason}`})`;
    case 'booted':
      return `boot ${event.status}, interval ${event.intervalSeconds} s`;
    case 'powered-off':
      return 'power off';
    case 'status-changed': {
      const error = event.errorCode === 'NoError' ? '' : ` (${event.errorCode})`;
      return `${place(event.connectorId)} ${event.status}${error}`;
    }
    case 'authorized':
      return `${place(event.connectorId)} card ${event.idTag} ${event.status} (${event.source})`;
    case 'transaction-started':
      return `${place(event.connectorId)} starts for ${event.idTag} at ${event.meterStartWh} Wh`;
    case 'transaction-confirmed':
      return `${place(event.connectorId)} is transaction ${event.transactionId}: ${event.status}`;
    case 'transaction-stopped': {
      const number = event.transactionId === undefined ? '' : ` ${event.transactionId}`;
      return `${place(event.connectorId)} ends transaction${number}: ${event.energyWh} Wh, ${event.reason}`;
    }
    case 'transaction-closed':
      return `${place(event.connectorId)} transaction ${event.transactionId} is closed`;
    case 'reservation-changed':
      return `${place(event.connectorId)} reservation ${event.reservationId} ${event.change}`;
    case 'answered':
      return `${event.action} answered`;
    case 'failed':
      return `${event.action} failed: ${event.reason}`;
    case 'message-dropped':
      return `${event.action} dropped: ${event.reason}`;
    case 'command': {
      const { status } = (event.response ?? {}) as { status?: unknown };
      return `is told ${event.action}${status === undefined ? '' : `: ${status}`}`;
    }
    case 'flushed':
      return 'has nothing left to send';
    case 'firmware-installed':
      return `runs firmware ${event.version}`;
    case 'violation':
      return `PROTOCOL VIOLATION by the central system: ${event.what}`;
  }
}

function place(connectorId: number): string {
  return connectorId === 0 ? 'station' : `connector ${connectorId}`;
}
