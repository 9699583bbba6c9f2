import { type Clock, type Instant, instant } from '@voltpile/kernel/clock';
import { defineError, toVoltpileError } from '@voltpile/kernel/errors';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { StationCommand } from '../contract/commands.ts';
import type { Epoch, StationKey } from '../contract/ids.ts';
import { type CommandOutcome, type StationLink, unanswered } from '../contract/station-link.ts';

export const tooManyPending = defineError(
  'command.too_many_pending',
  'Conflict',
  'Station {stationId} has {limit} commands to answer already; try again later.',
  { retryable: true },
);

/** Commands that one station may have to answer at once. */
const MAX_PENDING_PER_STATION = 16;
/** Over all stations of this process. */
const MAX_PENDING = 20_000;
/** The gateway keeps the deadline; this much later we stop waiting for the gateway. */
const GATEWAY_GRACE_MS = 5000;
/** How often, and with what pauses, an outcome is tried to be stored: about a minute in all. */
const STORE_PAUSES_MS = [250, 500, 1000, 2000, 4000, 8000, 15_000, 30_000];

export interface RunnerDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly link: () => StationLink | undefined;
  /** Stores what came of a command. Throws Unavailable while the database is away; is then called again. */
  readonly finish: (running: RunningCommand, outcome: CommandOutcome) => Promise<void>;
}

export interface RunningCommand {
  readonly commandId: Uuid;
  readonly station: StationKey;
  readonly epoch: Epoch;
  readonly command: StationCommand;
  readonly deadline: Instant;
  /** The stored form of the key that the command gives to the station. */
  readonly nextKeyHash: Buffer | null;
}

/** Carries stored commands to the gateway and their outcomes back. Nothing is ever sent twice. */
export class CommandRunner {
  readonly #dependencies: RunnerDependencies;
  readonly #pending = new Map<StationKey, number>();
  readonly #running = new Set<Promise<void>>();
  readonly #halt = new AbortController();
  #total = 0;

  constructor(dependencies: RunnerDependencies) {
    this.#dependencies = dependencies;
  }

  /** Commands under way. */
  get pending(): number {
    return this.#total;
  }

  /**
   * Takes a place among the station's pending commands.
   *
   * @returns gives the place back; may be called more than once
   * @throws Conflict `command.too_many_pending`
   */
  reserve(station: StationKey, stationId: string): () => void {
    const pending = this.#pending.get(station) ?? 0;
    if (pending >= MAX_PENDING_PER_STATION || this.#total >= MAX_PENDING) {
      throw tooManyPending({ stationId, limit: MAX_PENDING_PER_STATION });
    }
    this.#pending.set(station, pending + 1);
    this.#total += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#total -= 1;
      const left = (this.#pending.get(station) ?? 1) - 1;
      if (left === 0) this.#pending.delete(station);
      else this.#pending.set(station, left);
    };
  }

  /** Sends the command in the background and gives its place back when its outcome is stored. */
  run(running: RunningCommand, release: () => void): void {
    const work = this.#run(running).finally(() => {
      release();
      this.#running.delete(work);
    });
    this.#running.add(work);
  }

  /** Resolves when nothing is under way any more, or after the time; what is left is ended by the sweeper of the next start. */
  async stop(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([Promise.all(this.#running), patience]);
    clearTimeout(timer);
    this.#halt.abort();
    await Promise.all(this.#running);
  }

  async #run(running: RunningCommand): Promise<void> {
    const outcome = await this.#execute(running);
    if (outcome === undefined) return;
    const { finish, logger } = this.#dependencies;
    for (const pauseMs of [...STORE_PAUSES_MS, undefined]) {
      try {
        await finish(running, outcome);
        return;
      } catch (error) {
        const problem = toVoltpileError(error);
        if (!problem.retryable || pauseMs === undefined || this.#halt.signal.aborted) {
          logger.error({ err: error, commandId: running.commandId }, 'the outcome of a command could not be stored');
          return;
        }
        await this.#pause(pauseMs);
      }
    }
  }

  /** undefined: we stop before anything came of it. */
  async #execute({ station, epoch, command, deadline }: RunningCommand): Promise<CommandOutcome | undefined> {
    const { clock, link, logger } = this.#dependencies;
    const gateway = link();
    if (gateway === undefined) return unanswered('offline', 'No gateway is there to send it.');
    const patienceMs = Math.max(0, deadline - clock.now()) + GATEWAY_GRACE_MS;
    const given = new AbortController();
    try {
      return await Promise.race([
        gateway.execute(station, epoch, command, instant(deadline)),
        this.#pause(patienceMs, given.signal).then((): CommandOutcome | undefined =>
          this.#halt.signal.aborted ? undefined : unanswered('unknown', 'The gateway did not tell what came of it.'),
        ),
      ]);
    } catch (err) {
      logger.error({ err, station, action: command.action }, 'the gateway failed to carry a command');
      return unanswered('unknown', 'The gateway failed while it carried the command.');
    } finally {
      given.abort();
    }
  }

  #pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const halt = this.#halt.signal;
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        halt.removeEventListener('abort', finish);
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, milliseconds);
      halt.addEventListener('abort', finish);
      signal?.addEventListener('abort', finish);
      if (halt.aborted || signal?.aborted) finish();
    });
  }
}
