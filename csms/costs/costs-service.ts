import { instant, toIso } from '@voltpile/kernel/clock';
import { isUuid, type Uuid } from '@voltpile/kernel/ids';
import { milliWhToWh } from '@voltpile/kernel/units';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import type { CostReport, CostsPort } from '../contract/costs-port.ts';
import type { NewEvent } from '../outbox/append-events.ts';
import { insertEvents } from '../persistence/outbox-events.ts';
import { findFinalCost, type KeptCost, keepCosts } from '../persistence/transaction-costs-repository.ts';
import { givenName } from '../transactions/transaction-event.ts';
import type { CostDisplays } from './cost-displays.ts';
import { DISPLAY_VARIABLES, showsCosts } from './display-variables.ts';

export interface CostsDependencies {
  readonly knex: Knex;
  readonly logger: Logger;
  readonly displays: CostDisplays;
  readonly onEvents: () => void;
}

/** What charges cost, as far as answers to stations need it. */
export interface KnownCosts {
  /** Of a settled charge; undefined before. Never throws: an answer to a station does not depend on costs. */
  findFinal(transactionId: Uuid): Promise<CostReport['cost'] | undefined>;
}

export interface Costs {
  readonly port: CostsPort;
  readonly known: KnownCosts;
}

/** States in which the vehicle asks for no energy. */
const PARKING: ReadonlySet<string> = new Set(['SuspendedEV', 'EVConnected', 'Idle']);

/** Keeps, tells and shows what charges cost. */
export function createCosts({ knex, logger, displays, onEvents }: CostsDependencies): Costs {
  return {
    port: {
      async tell(told) {
        const reports = latestOfEach(told.filter(({ transactionId }) => isUuid(transactionId)));
        if (reports.length === 0) return;
        const kept = await withDatabaseErrors(() =>
          knex.transaction(async (trx) => {
            const costs = await keepCosts(trx, reports, DISPLAY_VARIABLES);
            const changes = costs.filter(({ hasChanged }) => hasChanged);
            await insertEvents(trx, changes.map(costChanged));
            return costs;
          }),
        );
        const changed = kept.filter(({ hasChanged }) => hasChanged);
        if (changed.length === 0) return;
        onEvents();
        for (const cost of changed) show(displays, cost);
      },
    },
    known: {
      async findFinal(transactionId) {
        try {
          return await findFinalCost(knex, transactionId);
        } catch (err) {
          logger.debug({ err, transactionId }, 'a cost could not be looked up');
          return undefined;
        }
      },
    },
  };
}

/** Of several of one transaction, the one that counts; in one order, in which their rows are locked. */
function latestOfEach(reports: readonly CostReport[]): CostReport[] {
  const latest = new Map<Uuid, CostReport>();
  for (const report of reports) {
    const id = report.transactionId.toLowerCase();
    const known = latest.get(id);
    if (known === undefined || !isEarlier(report, known)) latest.set(id, { ...report, transactionId: id });
  }
  return [...latest.values()].sort((one, other) => (one.transactionId < other.transactionId ? -1 : 1));
}

/** A final one is later than any other. */
function isEarlier(one: CostReport, other: CostReport): boolean {
  return one.isFinal === other.isFinal ? one.asOf < other.asOf : other.isFinal;
}

function costChanged(kept: KeptCost): NewEvent {
  const { transactionId, cost, remaining, energyWh, asOf, isFinal } = kept.report;
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

function show(displays: CostDisplays, kept: KeptCost): void {
  const { transactionId, cost, remaining, energyWh, asOf, isFinal } = kept.report;
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
