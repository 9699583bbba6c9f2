import type { StationPort } from '@voltpile/csms/contract/station-port';
import type { Clock } from '@voltpile/kernel/clock';
import type { GatewayLogger, LimitedLog } from '../logger.ts';
import type { GatewayMetrics } from '../metrics.ts';
import type { GatewaySettings } from '../settings.ts';
import type { DisconnectReporter } from './disconnect-reporter.ts';
import type { ExchangeLog } from './exchange-log.ts';
import type { LivenessLimits, LivenessWatch } from './liveness.ts';
import type { QueueBudget } from './queue-budget.ts';
import type { ConnectionRegistry } from './registry.ts';

/** What all connections of one gateway share. */
export interface GatewayContext {
  readonly port: StationPort;
  readonly clock: Clock;
  readonly logger: GatewayLogger;
  /** For lines that strangers can cause in numbers. */
  readonly strangers: LimitedLog;
  readonly metrics: GatewayMetrics;
  readonly settings: GatewaySettings;
  readonly livenessLimits: LivenessLimits;
  readonly watch: LivenessWatch;
  readonly budget: QueueBudget;
  readonly registry: ConnectionRegistry;
  readonly reporter: DisconnectReporter;
  /** Absent: nobody logs messages. */
  readonly exchanges?: ExchangeLog | undefined;
}
