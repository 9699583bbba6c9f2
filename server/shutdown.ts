import type { Logger } from '@voltpile/platform/telemetry/logger';

/** How long a clean stop may take. Below the 30 s that container platforms give. */
export const STOP_DEADLINE_MS = 25_000;
/** npm passes a terminal's Ctrl-C on although we have got it already: a repetition this close is not a second one. */
const SAME_SIGNAL_MS = 1_000;
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Ends the process when it is asked to: stops cleanly and exits with 0; with 1 when the stop fails, takes longer than 25 s, or is cut
 * short by a second signal. What is left then is ended by PostgreSQL's watchdog. An error that nobody caught also stops the process,
 * with exit code 1.
 *
 * @param stop finishes what is under way and lets go of everything; called once
 * @param deadlineMs longer for what stops several processes one after the other, or drains stations first
 */
export function stopOnSignals(stop: () => Promise<void>, logger: Logger, deadlineMs: number = STOP_DEADLINE_MS): void {
  let stopping: number | undefined;

  const end = async (exitCode: number): Promise<void> => {
    stopping = Date.now();
    const overdue = setTimeout(() => {
      logger.error({ seconds: deadlineMs / 1000 }, 'the stop takes too long; ending now');
      process.exit(1);
    }, deadlineMs);
    try {
      await stop();
      process.exitCode = exitCode;
    } catch (error) {
      logger.error({ err: error }, 'the stop failed');
      process.exitCode = 1;
    }
    clearTimeout(overdue);
    logger.info('stopped');
    process.exit();
  };

  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (stopping === undefined) {
        logger.info({ signal }, 'stopping; a second signal ends at once');
        void end(0);
      } else if (Date.now() - stopping > SAME_SIGNAL_MS) {
        logger.warn({ signal }, 'ending at once');
        process.exit(1);
      }
    });
  }
  process.on('uncaughtException', (error, origin) => {
    logger.fatal({ err: error, origin }, 'an error was not caught');
    if (stopping === undefined) void end(1);
  });
}
