import { createLogger } from '@voltpile/platform/telemetry/logger';
import { explainFailure } from '@voltpile/server/explain-failure';
import { stopOnSignals } from '@voltpile/server/shutdown';
import { HELP, readOptions } from './options.ts';
import { showCluster } from './show-cluster.ts';
import { type LocalCluster, startCluster } from './start-cluster.ts';

/** Stages that stop one after the other, each within its own time. */
const STOP_DEADLINE_MS = 120_000;

// Whoever reads our output may go away; that is no reason to end.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const say = (line: string): void => void process.stderr.write(`${line}\n`);

try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === null) {
    process.stdout.write(HELP);
  } else {
    const logger = createLogger({ level: 'warn', format: 'auto' });
    let starting: Promise<LocalCluster> | undefined;
    const quiet = { value: false };
    stopOnSignals(
      async () => {
        quiet.value = true;
        say('\nStopping: stations, then the API, the services, NATS and the database.');
        // A signal during the start waits for it: everything that was begun is there to be stopped.
        const started = await starting?.catch(() => undefined);
        await started?.stop();
      },
      logger,
      STOP_DEADLINE_MS,
    );
    say(`Starting a cluster in ${options.dataDir} …`);
    starting = startCluster({ ...options, environment: process.env, say });
    const cluster = await starting;
    process.stdout.write(`voltpile ready ${JSON.stringify({ pid: process.pid, ...cluster.urls })}\n`);
    if (!quiet.value) say(showCluster(cluster, options.dataDir));
  }
} catch (error) {
  // Its ports are those of the balancers, of which the error tells.
  const reason = explainFailure(error, null) ?? (error instanceof Error ? error.message : String(error));
  process.stderr.write(`The cluster cannot start. ${reason}\n`);
  process.exit(1);
}
