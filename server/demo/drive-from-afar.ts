import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { CommandAction } from '@voltpile/csms/contract/commands';
import type { CommandsPort, TransactionsPort } from '@voltpile/csms/contract/operator-ports';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { SimulatedStation16 } from '@voltpile/simulators/ocpp16/station';

export interface DriveFromAfarOptions {
  readonly commands: CommandsPort;
  readonly transactions: TransactionsPort;
  /** Drivers' id tokens to draw from. */
  readonly idTags: readonly string[];
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const REQUESTED_BY = 'demo-app';
/** From plugging in to the tap on the screen. */
const START_AFTER_SECONDS = [3, 8] as const;
/** Of the drivers who stop with the app; the others pull the cable. */
const STOP_AFTER_SECONDS = [60, 240] as const;
const SHARE_THAT_STOPS = 0.5;

/**
 * Plays the drivers who use an app: when a car is plugged in, the central system is asked to start it, and half of the charges are
 * stopped the same way. The commands take the way that the API's take.
 */
export function driveFromAfar(station: SimulatedStation16, options: DriveFromAfarOptions): void {
  const { commands, transactions, idTags, logger, signal } = options;
  const { time, random, identity } = station;

  const submit = (action: CommandAction, payload: object) =>
    commands.submit(EVERYTHING, identity, { action, payload, requestedBy: REQUESTED_BY }, ['operate']);

  const later = (seconds: readonly [number, number], act: () => Promise<unknown>): void => {
    time
      .sleep(random.between(...seconds) * 1000, signal)
      .then(act)
      .catch((error: unknown) => {
        if (!signal.aborted) logger.info({ err: error, station: identity }, 'the demo could not give a command');
      });
  };

  station.on('status-changed', ({ connectorId, status }) => {
    if (status !== 'Preparing') return;
    later(START_AFTER_SECONDS, async () => {
      const { vehicle, transaction } = station.connector(connectorId);
      // Gone meanwhile, or started by somebody who tries the API out.
      if (vehicle === undefined || transaction !== undefined) return;
      await submit('start-transaction', { evseId: connectorId, idToken: random.pick(idTags) });
    });
  });
  station.on('transaction-confirmed', ({ localId, connectorId, status }) => {
    if (status !== 'Accepted' || random.next() >= SHARE_THAT_STOPS) return;
    later(STOP_AFTER_SECONDS, async () => {
      if (station.connector(connectorId).transaction?.localId !== localId) return;
      const filter = { stationId: identity, status: 'active' } as const;
      const { items } = await transactions.list(EVERYTHING, filter, { limit: 10 });
      const running = items.find(({ evseId }) => evseId === connectorId);
      if (running !== undefined) await submit('stop-transaction', { transactionId: running.id });
    });
  });
}
