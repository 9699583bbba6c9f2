import type { ChargingCurvesPort } from '@voltpile/csms/contract/charging-curves-port';
import type { CostsPort } from '@voltpile/csms/contract/costs-port';
import type { DomainEvent } from '@voltpile/csms/contract/events';
import type { CommandsPort } from '@voltpile/csms/contract/operator-ports';
import type { Clock } from '@voltpile/kernel/clock';
import type { Database } from '@voltpile/platform/database/connection';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { CdrsPort } from '../contract/cdr.ts';
import type { SettlementsPort } from '../contract/settlement.ts';
import { findMissed } from './find-missed.ts';
import { followCharges } from './follow-charges.ts';
import { RunningCosts, type SpendingLimits } from './running-costs.ts';
import type { AccountSource, ChargePayments, HeldIntents, TariffSource } from './settlement-ports.ts';
import { createCdrs, createSettlements } from './settlements-service.ts';
import { Settler } from './settler.ts';
import { takeUpCharges } from './take-up-charges.ts';

export interface SettlementOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the stations' domain. */
  readonly ports: {
    readonly curves: ChargingCurvesPort;
    readonly costs: CostsPort;
    readonly commands: Pick<CommandsPort, 'submit'>;
  };
  readonly tariffs: TariffSource;
  readonly accounts: AccountSource;
  readonly payments: ChargePayments;
  readonly limits: SpendingLimits;
  readonly held: HeldIntents;
}

export interface Settlement {
  readonly cdrs: CdrsPort;
  readonly settlements: SettlementsPort;
  /** Takes events of the stations' domain in order; resolves after what follows from them was stored. */
  follow(events: readonly DomainEvent[]): Promise<void>;
  readonly jobs: readonly Job[];
  start(): void;
  stop(): Promise<void>;
}

/** From the charge to its record: what it costs while it runs, and what it has cost. */
export function createSettlement(options: SettlementOptions): Settlement {
  const { database, clock, logger, ports, tariffs, accounts, payments, limits, held } = options;
  const { knex } = database;
  const sources = { curves: ports.curves, tariffs, accounts };
  const { costs, commands } = ports;
  const running = new RunningCosts({ sources, costs, limits, commands, clock, logger });
  const dependencies = { knex, clock, sources, payments };
  const settler = new Settler({
    ...dependencies,
    logger,
    onSettled: (cdrs) => {
      void running.settled(cdrs);
    },
  });
  const settlements = createSettlements(dependencies);
  const halt = new AbortController();
  let atStart: Promise<void> = Promise.resolve();
  const takeUp = async (signal: AbortSignal): Promise<void> => {
    const count = await takeUpCharges({ knex, curves: ports.curves, held, running }, signal);
    if (count > 0) logger.info({ count }, 'charges that a limit may end are taken up');
  };
  return {
    cdrs: createCdrs(dependencies),
    settlements: {
      ...settlements,
      async decide(scope, transactionId, decision, decidedBy) {
        const decided = await settlements.decide(scope, transactionId, decision, decidedBy);
        if (decided.cdr !== null) await running.settled([decided.cdr]);
        return decided;
      },
    },
    async follow(events) {
      const { ended, running: told, due } = await followCharges(knex, clock, events);
      running.forget(ended);
      running.back(
        events.flatMap(({ type, stationId }) =>
          type === 'station.connected' && stationId !== null ? [stationId] : [],
        ),
      );
      for (const organizationId of new Set(told.map((charge) => charge.organizationId))) {
        const ids = told.filter((charge) => charge.organizationId === organizationId);
        running.note(
          ids.map(({ transactionId }) => transactionId),
          !(await tariffs.hasPrices(organizationId)),
        );
      }
      if (due > 0) settler.poke();
    },
    jobs: [
      {
        name: 'billing.find-missed-charges',
        schedule: '17 * * * *',
        async run(signal) {
          const count = await findMissed(knex, clock, ports.curves, signal);
          if (count > 0) logger.warn({ count }, 'charges had ended without word of them; they are settled now');
          settler.poke();
        },
      },
      {
        // One process looks for those of another that died; each has taken up all of them when it started.
        name: 'billing.take-up-charges',
        schedule: '* * * * *',
        run: takeUp,
      },
    ],
    start() {
      settler.start();
      // Not waited for: those who are asked may be away, and then the job does it.
      atStart = takeUp(halt.signal).catch((err) => logger.warn({ err }, 'charges could not be taken up; trying again'));
    },
    async stop() {
      halt.abort();
      await atStart;
      await settler.stop();
      await running.stop();
    },
  };
}
