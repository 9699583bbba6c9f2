import { instant, toIso } from '@voltpile/kernel/clock';
import { isUuid, type Uuid } from '@voltpile/kernel/ids';
import { milliWhToWh } from '@voltpile/kernel/units';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import type { CostReport, CostsPort } from '../contract/costs-port.ts';
import type { NewEvent } from '../outbox/append-events.ts';
import { insertEvents } from '../persistence/outbox-events.ts';
import { findCost, type KeptCost, keepCost } from '../persistence/transaction-costs-repository.ts';
import { givenName } from '../transactions/transaction-event.ts';
import type { CostDisplays } from './cost-displays.ts';
import { DISPLAY_VARIABLES, showsCosts } from './display-variables.ts';
import { LatestCosts } from './latest-costs.ts';

export interface CostsDependencies {
  readonly knex: Knex;
  readonly logger: Logger;
  readonly displays: CostDisplays;
  readonly onEvents: () => void;
}

/** What charges cost, as far as answers to stations need it. */
export interface KnownCosts {
  /** Without a look-up; undefined when none is known to this process. */
  latest(transactionId: Uuid): CostReport['cost'] | undefined;
  /** Looks it up where it has to. Never throws: an answer to a station does not wait for costs. */
  find(transactionId: Uuid): Promise<CostReport['cost'] | undefined>;
}

export interface Costs {
  readonly port: CostsPort;
  readonly known: KnownCosts;
}

/** States in which the vehicle asks for no energy. */
const PARKING: ReadonlySet<string> = new Set(['SuspendedEV', 'EVConnected', 'Idle']);

/** Keeps, tells and shows what charges cost. */
export function createCosts({ knex, logger, displays, onEvents }: CostsDependencies): Costs {
  const latest = new LatestCosts();
  return {
    port: {
      async tell(report) {
        if (!isUuid(report.transactionId)) return;
        const kept = await withDatabaseErrors(() =>
          knex.transaction(async (trx) => {
            const cost = await keepCost(trx, report, DISPLAY_VARIABLES);
            if (cost?.hasChanged === true) await insertEvents(trx, [costChanged(report, cost)]);
            return cost;
          }),
        );
        if (kept === undefined) return;
        latest.set(report.transactionId, report);
        if (!kept.hasChanged) return;
        onEvents();
        show(displays, report, kept);
      },
    },
    known: {
      latest: (transactionId) => latest.get(transactionId),
      async find(transactionId) {
        try {
          return latest.get(transactionId) ?? (await findCost(knex, transactionId));
        } catch (err) {
          logger.debug({ err, transactionId }, 'a cost could not be looked up');
          return undefined;
        }
      },
    },
  };
}

function costChanged(report: CostReport, kept: KeptCost): NewEvent {
  const { transactionId, cost, remaining, energyWh, asOf, isFinal } = report;
  return {
    type: 'transaction.cost-changed',
    organizationId: kept.organizationId,
    siteId: kept.siteId,
    stationId: kept.stationIdentity,
    data: {
      transactionId,
      stationTransactionId: givenName(kept.stationTransactionId),
      evseId: kept.evseId,
      cost,
      remaining,
      energyWh,
      asOf: toIso(instant(asOf)),
      isFinal,
    },
  };
}

function show(displays: CostDisplays, report: CostReport, kept: KeptCost): void {
  const { transactionId, cost, remaining, energyWh, asOf, isFinal } = report;
  const stationTransactionId = givenName(kept.stationTransactionId);
  if (kept.openEpoch === null || stationTransactionId === null) return;
  if (!showsCosts(kept.capabilities, kept.variables)) return;
  displays.show({
    transactionId,
    station: kept.station,
    epoch: kept.openEpoch,
    command: {
      action: 'show-cost',
      stationTransactionId,
      payload: {
        evseId: kept.evseId,
        idToken: kept.displayIdToken,
        cost,
        remaining,
        meterWh: milliWhToWh(kept.meterStartMilliWh ?? 0n) + energyWh,
        asOf: toIso(instant(asOf)),
        isCharging: kept.chargingState === null || !PARKING.has(kept.chargingState),
        isFinal,
      },
    },
  });
}
