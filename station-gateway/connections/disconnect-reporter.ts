import { setTimeout as delay } from 'node:timers/promises';
import type { Epoch, StationKey } from '@voltpile/csms/contract/ids';
import type { StationPort } from '@voltpile/csms/contract/station-port';
import { toVoltpileError } from '@voltpile/kernel/errors';
import type { GatewayLogger } from '../logger.ts';

interface Report {
  readonly epoch: Epoch;
  readonly reason: string;
}

/** Ten thousand sockets may go at once; the domain gets so many reports at a time. */
const CONCURRENCY = 16;
const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 10_000;

/**
 * Tells the domain which sockets have closed, and goes on trying while the domain is away: a station must not stay online in the
 * records because the database was down when it left. Holds at most one report a station, the one of its newest epoch.
 */
export class DisconnectReporter {
  readonly #port: StationPort;
  readonly #logger: GatewayLogger;
  readonly #reports = new Map<StationKey, Report>();
  readonly #abort = new AbortController();
  #workers = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(port: StationPort, logger: GatewayLogger) {
    this.#port = port;
    this.#logger = logger;
  }

  get pending(): number {
    return this.#reports.size + this.#workers;
  }

  report(station: StationKey, epoch: Epoch, reason: string): void {
    const known = this.#reports.get(station);
    if (known !== undefined && known.epoch >= epoch) return;
    this.#reports.set(station, { epoch, reason });
    if (this.#workers < CONCURRENCY) void this.#work();
  }

  /** Resolves when all is told or the time is over; nothing is tried after that. */
  async stop(deadlineMs: number): Promise<void> {
    if (this.pending > 0) {
      this.#idle ??= Promise.withResolvers();
      const timer = setTimeout(() => this.#idle?.resolve(), deadlineMs);
      await this.#idle.promise;
      clearTimeout(timer);
    }
    this.#abort.abort();
    if (this.pending > 0) {
      this.#logger.warn({ count: this.pending }, 'closed connections could not be reported before the stop');
    }
  }

  async #work(): Promise<void> {
    this.#workers += 1;
    for (const [station, report] of this.#reports) {
      this.#reports.delete(station);
      await this.#tell(station, report);
    }
    this.#workers -= 1;
    if (this.pending === 0) this.#idle?.resolve();
  }

  async #tell(station: StationKey, report: Report): Promise<void> {
    for (let pause = FIRST_DELAY_MS; !this.#abort.signal.aborted; pause = Math.min(pause * 2, MAX_DELAY_MS)) {
      try {
        await this.#port.disconnected(station, report.epoch, report.reason);
        return;
      } catch (error) {
        const problem = toVoltpileError(error);
        const facts = { station, epoch: report.epoch, code: problem.code, err: error };
        if (!problem.retryable) {
          this.#logger.error(facts, 'the end of a connection was refused by the domain');
          return;
        }
        this.#logger.debug(facts, 'the end of a connection could not be reported yet');
      }
      // A newer report of the same station makes this one needless.
      if ((this.#reports.get(station)?.epoch ?? -1) > report.epoch) return;
      await delay(pause * (0.5 + Math.random() / 2), undefined, { signal: this.#abort.signal, ref: false }).catch(
        () => undefined,
      );
    }
  }
}
