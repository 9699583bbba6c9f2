import { createLogger } from '@voltpile/platform/telemetry/logger';
import { gatewayStopped } from '@voltpile/station-gateway/service';
import { explainFailure } from './explain-failure.ts';
import { readSettings } from './settings/settings.ts';
import { STOP_DEADLINE_MS, stopOnSignals } from './shutdown.ts';
import { startVoltpile, type Voltpile } from './start.ts';

// Whoever reads our output may go away; that is no reason to end.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const stopping = new AbortController();
try {
  const settings = readSettings(process.env);
  const logger = createLogger({ level: () => settings.live.logLevel, format: settings.local.logFormat });
  const drainMs = settings.local.roles.includes('station-gateway') ? settings.local.drainSeconds * 1000 : 0;
  let starting: Promise<Voltpile> | undefined;
  stopOnSignals(
    async () => {
      stopping.abort();
      // A signal during the start waits for it: everything that was begun is there to be stopped.
      const started = await starting?.catch(() => undefined);
      await started?.stop();
    },
    logger,
    STOP_DEADLINE_MS + drainMs,
  );
  starting = startVoltpile({ settings, logger, standalone: true, stopping: stopping.signal });
  const { urls, rooms } = await starting;
  const { administrator } = rooms;
  if (administrator?.kind === 'created' && administrator.password !== null) {
    // Past the logger, which hides passwords.
    process.stderr.write(
      `The first administrator is ${administrator.email} with the password ${administrator.password} (shown this once).\n`,
    );
  }
  process.stdout.write(`voltpile ready ${JSON.stringify({ pid: process.pid, ...urls })}\n`);
} catch (error) {
  // Whoever was told to stop before it had begun has done so.
  if (!(stopping.signal.aborted && gatewayStopped.is(error))) fail(error);
}

function fail(error: unknown): never {
  const reason = explainFailure(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.stderr.write(`Voltpile cannot start. ${reason}\n`);
  process.exit(1);
}
