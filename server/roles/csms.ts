import {
  BILLING_EVENTS,
  CHARGING_CURVES_PORT,
  CHARGING_PROFILES_PORT,
  COMMANDS_PORT,
  COSTS_PORT,
  DEVICE_MODEL_PORT,
  EVENTS_PORT,
  FUNDS_PORT,
  ID_TOKENS_PORT,
  LOCAL_LISTS_PORT,
  OFFLINE_RULES_PORT,
  OPERATIONS_EVENTS,
  RESERVATIONS_PORT,
  SITES_PORT,
  STATION_PORT,
  STATION_TARIFFS_PORT,
  STATIONS_PORT,
  TRANSACTIONS_PORT,
} from '@voltpile/csms/contract/ports';
import { type Csms, createCsms } from '@voltpile/csms/service';
import type { Bus } from '@voltpile/platform/nats/connection';
import { relayEvents } from '../exchange/event-relay.ts';
import { hearLosses } from '../exchange/gateway-losses.ts';
import { RoutedLink } from '../exchange/routed-link.ts';
import { withLive } from '../settings/with-live.ts';
import type { StoringIngredients } from './ingredients.ts';

/**
 * The stations' domain.
 *
 * @param bus over which other processes tell of gateways that are gone; null: this process is alone
 */
export function makeCsms(ingredients: StoringIngredients, bus: Bus | null, resources: AsyncDisposableStack): Csms {
  const { config, live, secret, nodeId, database, logger, metrics, clock, exchange } = ingredients;
  const csms = createCsms({
    database,
    clock,
    logger,
    metrics,
    funds: exchange.get(FUNDS_PORT),
    settings: withLive({ secret }, live, [
      'onboarding',
      'heartbeatIntervalSeconds',
      'commandTimeoutSeconds',
      'askForDeviceReports',
    ]),
  });
  resources.defer(() => csms.stop());
  const link = new RoutedLink({
    exchange,
    nodeId: config.roles.includes('station-gateway') ? nodeId : null,
    nodeOf: (station, epoch) => csms.connections.nodeOf(station, epoch),
    logger: logger.child({ component: 'csms' }),
  });
  csms.setLink(link);
  if (bus !== null) resources.defer(hearLosses(bus, (node) => link.lose(node)));
  csms.setStationTariffs(exchange.get(STATION_TARIFFS_PORT));
  return csms;
}

/** What others may ask, from now on. */
export function offerCsms({ exchange }: StoringIngredients, csms: Csms): void {
  const { operatorPorts: ports, billingPorts } = csms;
  exchange.offer(STATION_PORT, csms.stationPort);
  exchange.offer(SITES_PORT, ports.sites);
  exchange.offer(STATIONS_PORT, ports.stations);
  exchange.offer(ID_TOKENS_PORT, ports.idTokens);
  exchange.offer(TRANSACTIONS_PORT, ports.transactions);
  exchange.offer(COMMANDS_PORT, ports.commands);
  exchange.offer(DEVICE_MODEL_PORT, ports.deviceModel);
  exchange.offer(RESERVATIONS_PORT, ports.reservations);
  exchange.offer(CHARGING_PROFILES_PORT, ports.chargingProfiles);
  exchange.offer(EVENTS_PORT, ports.events);
  exchange.offer(LOCAL_LISTS_PORT, ports.localLists);
  exchange.offer(OFFLINE_RULES_PORT, ports.offlineRules);
  exchange.offer(CHARGING_CURVES_PORT, billingPorts.curves);
  exchange.offer(COSTS_PORT, billingPorts.costs);
}

/** Events go to those who hear of the stations' domain, from now on. */
export function startRelays(
  { database, logger, exchange }: StoringIngredients,
  csms: Csms,
  resources: AsyncDisposableStack,
): void {
  const common = { tail: csms.outboxTail, database, logger };
  for (const relay of [
    relayEvents({ ...common, consumer: 'operations', startAt: 'now' }, exchange.get(OPERATIONS_EVENTS)),
    relayEvents({ ...common, consumer: 'billing', startAt: 'beginning' }, exchange.get(BILLING_EVENTS)),
  ]) {
    relay.start();
    resources.defer(() => relay.stop());
  }
}
