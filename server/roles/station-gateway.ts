import { STATION_LINK, STATION_PORT } from '@voltpile/csms/contract/ports';
import type { Config } from '@voltpile/platform/config/config';
import type { ExchangeLog } from '@voltpile/station-gateway/connections/exchange-log';
import { createOcpp16Dialect } from '@voltpile/station-gateway/protocols/ocpp16/dialect';
import { createOcpp201Dialect } from '@voltpile/station-gateway/protocols/ocpp201/dialect';
import {
  createStationGateway,
  type StationGateway,
  type StationGatewayOptions,
} from '@voltpile/station-gateway/service';
import type { GatewaySettings } from '@voltpile/station-gateway/settings';
import type { Ingredients } from './ingredients.ts';

/** Everything that holds a socket to a pile. The doors are closed until it is told to listen. */
export async function makeStationGateway(
  { config, nodeId, logger, metrics, clock, exchange }: Ingredients,
  parts: Pick<StationGatewayOptions, 'piles'> & { readonly exchanges: ExchangeLog | undefined },
): Promise<StationGateway> {
  const gateway = createStationGateway({
    port: exchange.get(STATION_PORT),
    // A station that offers several gets the newest.
    dialects: [await createOcpp201Dialect({ clock }), await createOcpp16Dialect({ clock })],
    settings: {
      host: config.host,
      port: config.ocppPort,
      tls: config.tls,
      allowUnauthenticated: config.allowUnauthenticated,
      trustedProxies: config.trustedProxies,
      pingIntervalSeconds: config.pingIntervalSeconds,
      idleTimeoutSeconds: config.stationIdleTimeoutSeconds,
      holdReplySeconds: config.holdReplySeconds,
      maxConnections: config.maxStationConnections,
      maxMessagesPerSecond: config.maxMessagesPerSecond,
      messageBurst: config.maxMessagesPerSecond * 2,
      maxFrameBytes: config.maxFrameBytes,
      versions: limitsByVersion(config.protocolLimits),
      compression: config.ocppCompression,
    },
    piles: parts.piles,
    logger: logger.child({ component: 'station-gateway' }),
    metrics: metrics.registry,
    clock,
    nodeId,
    exchanges: parts.exchanges,
  });
  exchange.offer(STATION_LINK, gateway.link);
  exchange.offerNode(STATION_LINK, gateway.link, nodeId);
  return gateway;
}

/** A version that has a rate of its own has bursts of its own. */
function limitsByVersion(limits: Config['protocolLimits']): GatewaySettings['versions'] {
  return Object.fromEntries(
    Object.entries(limits).map(([version, own]) => [
      version,
      own.maxMessagesPerSecond === undefined ? own : { ...own, messageBurst: own.maxMessagesPerSecond * 2 },
    ]),
  );
}
