import { STATION_LINK, STATION_PORT } from '@voltpile/csms/contract/ports';
import { OCPP_PROTOCOLS, type OcppProtocol } from '@voltpile/platform/config/config';
import type { ExchangeLog } from '@voltpile/station-gateway/connections/exchange-log';
import { createOcpp16Dialect } from '@voltpile/station-gateway/protocols/ocpp16/dialect';
import { createOcpp201Dialect } from '@voltpile/station-gateway/protocols/ocpp201/dialect';
import {
  createStationGateway,
  type StationGateway,
  type StationGatewayOptions,
} from '@voltpile/station-gateway/service';
import type { GatewaySettings } from '@voltpile/station-gateway/settings';
import { pileSettings, tlsSettings } from '../piles.ts';
import type { Config, LiveConfig } from '../settings/settings.ts';
import type { Ingredients } from './ingredients.ts';

/** Everything that holds a socket to a pile. The doors are closed until it is told to listen. */
export async function makeStationGateway(
  { config, live, onSettings, nodeId, logger, metrics, clock, exchange }: Ingredients,
  parts: Pick<StationGatewayOptions, 'piles'> & { readonly exchanges: ExchangeLog | undefined },
  resources: AsyncDisposableStack,
): Promise<StationGateway> {
  const gateway = createStationGateway({
    port: exchange.get(STATION_PORT),
    // A station that offers several gets the newest.
    dialects: [await createOcpp201Dialect({ clock }), await createOcpp16Dialect({ clock })],
    settings: gatewaySettings(config, live),
    piles: parts.piles,
    logger: logger.child({ component: 'station-gateway' }),
    metrics: metrics.registry,
    clock,
    nodeId,
    exchanges: parts.exchanges,
  });
  resources.defer(onSettings(() => gateway.change(gatewaySettings(config, live), pileSettings(config, live))));
  exchange.offer(STATION_LINK, gateway.link);
  exchange.offerNode(STATION_LINK, gateway.link, nodeId);
  return gateway;
}

/** As they are now. */
function gatewaySettings(config: Config, live: LiveConfig): Partial<GatewaySettings> {
  const { maxMessagesPerSecond: rates } = live;
  const { maxFrameBytes: sizes } = config;
  return {
    host: config.host,
    port: config.ocppPort,
    tls: tlsSettings(config, config.ocppTlsPort),
    allowUnauthenticated: config.allowUnauthenticated,
    trustedProxies: config.trustedProxies,
    pingIntervalSeconds: live.pingIntervalSeconds,
    idleTimeoutSeconds: live.stationIdleTimeoutSeconds,
    holdReplySeconds: live.holdReplySeconds,
    maxConnections: live.maxStationConnections,
    upgradesPerSecond: live.stationLoginsPerSecond,
    maxMessagesPerSecond: rates.all,
    messageBurst: rates.all * 2,
    maxFrameBytes: sizes.all,
    versions: limitsByVersion(rates.own, sizes.own),
    compression: config.ocppCompression === 'on',
  };
}

type ByVersion = Readonly<Partial<Record<OcppProtocol, number>>>;

/** A version that has a rate of its own has bursts of its own. */
function limitsByVersion(rates: ByVersion, sizes: ByVersion): GatewaySettings['versions'] {
  return Object.fromEntries(
    OCPP_PROTOCOLS.map((version) => {
      const [rate, size] = [rates[version], sizes[version]];
      return [
        version,
        {
          ...(rate === undefined ? {} : { maxMessagesPerSecond: rate, messageBurst: rate * 2 }),
          ...(size === undefined ? {} : { maxFrameBytes: size }),
        },
      ];
    }),
  );
}
