import { Registry } from 'prom-client';
import type { ExchangeLog } from '../connections/exchange-log.ts';
import type { GatewayLogger } from '../logger.ts';
import type { OcppDialect } from '../protocols/dialect.ts';
import { createStationGateway, type StationGateway, type StationGatewayOptions } from '../service.ts';
import type { GatewaySettings } from '../settings.ts';
import { FakeStationPort } from './fake-station-port.ts';
import { PileClient } from './pile-client.ts';
import { probeDialect } from './probe-dialect.ts';
import { type ConnectOptions, StationClient } from './station-client.ts';

export interface LogLine {
  readonly level: string;
  readonly facts: Record<string, unknown>;
  readonly text: string;
}

/** A gateway on a free port with a domain in memory. */
export interface GatewayFixture {
  readonly gateway: StationGateway;
  readonly port: FakeStationPort;
  readonly metrics: Registry;
  readonly log: LogLine[];
  readonly url: string;
  readonly tlsUrl: string;
  /** Empty when piles are not listened for. */
  readonly pileUrl: string;
  /** Connects a station; it is dropped with the fixture. */
  connect(segment: string, options?: ConnectOptions): Promise<StationClient>;
  /** Opens a connection for piles; it is dropped with the fixture. */
  connectPile(): Promise<PileClient>;
  metric(name: string, labels?: Record<string, string>): Promise<number>;
  stop(): Promise<void>;
}

export async function startGateway(
  settings: Partial<GatewaySettings> = {},
  dialects: readonly OcppDialect[] = [probeDialect()],
  port: FakeStationPort = new FakeStationPort(),
  exchanges?: ExchangeLog,
  piles?: StationGatewayOptions['piles'],
): Promise<GatewayFixture> {
  const log: LogLine[] = [];
  const write = (level: string) => (facts: object, text: string) => {
    log.push({ level, facts: facts as Record<string, unknown>, text });
  };
  const logger: GatewayLogger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
  const metrics = new Registry();
  const gateway = createStationGateway({
    port,
    dialects,
    settings: { port: 0, ...settings },
    logger,
    metrics,
    nodeId: 'node-1',
    exchanges,
    piles: piles === undefined ? undefined : { ...piles, settings: { port: 0, ...piles.settings } },
  });
  const urls = await gateway.listen();
  const clients: StationClient[] = [];
  const pileClients: PileClient[] = [];
  return {
    gateway,
    port,
    metrics,
    log,
    url: urls.ocpp,
    tlsUrl: urls.ocpps ?? '',
    pileUrl: urls.ykc ?? '',
    async connect(segment, options) {
      const client = await StationClient.open(urls.ocpp, segment, options);
      clients.push(client);
      return client;
    },
    async connectPile() {
      const client = await PileClient.open(urls.ykc ?? '');
      pileClients.push(client);
      return client;
    },
    async metric(name, labels = {}) {
      const found = await metrics.getSingleMetric(`voltpile_gateway_${name}`)?.get();
      const wanted = Object.entries(labels);
      const values = (found?.values ?? []).filter((one) => {
        const has = one.labels as Record<string, string | number>;
        return wanted.every(([key, value]) => has[key] === value);
      });
      return values.reduce((sum, one) => sum + one.value, 0);
    },
    async stop() {
      for (const client of clients) client.socket.terminate();
      for (const client of pileClients) client.socket.destroy();
      await gateway.stop(1000);
    },
  };
}
