import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type {
  ConnectorView,
  StationsPort,
  StationView,
  TransactionsPort,
  TransactionView,
} from '@voltpile/csms/contract/operator-ports';
import { type Clock, toIso } from '@voltpile/kernel/clock';
import { VoltpileError } from '@voltpile/kernel/errors';
import type { PictureSource } from './follow-live.ts';
import type { ConnectorPicture, StationPicture } from './picture.ts';
import type { ChargeReading } from './readings.ts';

/** More transactions under way than any station has. */
const MOST_TRANSACTIONS = 100;

/** The first pictures of stations, as the stations' domain has them at that moment. */
export function createPictureSource(ports: {
  readonly stations: Pick<StationsPort, 'get'>;
  readonly transactions: Pick<TransactionsPort, 'list'>;
  readonly clock: Clock;
}): PictureSource {
  const { stations, transactions, clock } = ports;
  return {
    async pictureOf(stationId) {
      let view: StationView;
      try {
        view = await stations.get(EVERYTHING, stationId);
      } catch (error) {
        if (error instanceof VoltpileError && error.kind === 'NotFound') return undefined;
        throw error;
      }
      const filter = { stationId, status: 'active' } as const;
      const { items } = await transactions.list(EVERYTHING, filter, { limit: MOST_TRANSACTIONS });
      const { organizationId, siteId } = view;
      // Every event that comes is newer, or says what is known.
      const picture = pictureOf(view, items, toIso(clock.now()));
      const station = { stationId, organizationId, siteId, lastEventId: 0n, changedAt: clock.now(), picture };
      return { station, readings: items.map(readingOf) };
    },
  };
}

function pictureOf(view: StationView, transactions: readonly TransactionView[], toldAt: string): StationPicture {
  const whole = view.connectors.find(({ evseId }) => evseId === 0);
  const evses: Record<string, Record<string, ConnectorPicture>> = {};
  for (const connector of view.connectors) {
    if (connector.evseId === 0) continue;
    evses[connector.evseId] = { ...evses[connector.evseId], [connector.connectorId]: connectorOf(connector, toldAt) };
  }
  return {
    registrationStatus: view.registrationStatus,
    isOnline: view.online,
    epoch: null,
    protocol: view.protocol,
    connectedAt: view.connectedAt,
    disconnectedAt: view.disconnectedAt,
    disconnectReason: null,
    connects: [],
    vendor: view.vendor,
    model: view.model,
    firmwareVersion: view.firmwareVersion,
    bootedAt: view.lastBootAt,
    whole: whole === undefined ? null : connectorOf(whole, toldAt),
    evses,
    charges: Object.fromEntries(transactions.map(({ id, evseId, startedAt }) => [id, { evseId, startedAt, toldAt }])),
  };
}

function connectorOf({ status, statusDetail, errorCode, statusAt }: ConnectorView, toldAt: string): ConnectorPicture {
  return { status, statusDetail, errorCode, vendorErrorCode: null, info: null, statusAt, toldAt };
}

function readingOf({ id, chargingState, meterStartWh, energyWh, cost }: TransactionView): ChargeReading {
  return {
    transactionId: id,
    meterStartWh,
    chargingState,
    energyWh,
    powerW: null,
    socPercent: null,
    meteredAt: null,
    heardAt: null,
    cost: cost === null ? null : { amount: cost.amount, currency: cost.currency },
  };
}
