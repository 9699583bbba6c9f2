import { createLogger } from '@voltpile/platform/telemetry/logger';
import { readDemoSettings } from './demo/demo-settings.ts';
import { type Demo, startDemo } from './demo/start-demo.ts';
import { explainFailure } from './explain-failure.ts';
import { stopOnSignals } from './shutdown.ts';

/** Where the demo differs from the server: data of its own, and a log that leaves room for its greeting. */
const DEFAULTS = { VOLTPILE_DATA_DIR: 'data-demo', VOLTPILE_LOG_LEVEL: 'warn' };

// Whoever reads our output may go away; that is no reason to end.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

try {
  const given = Object.entries(process.env).filter(([, value]) => value !== '');
  const demoSettings = await readDemoSettings({ ...DEFAULTS, ...Object.fromEntries(given) });
  const { settings } = demoSettings;
  const logger = createLogger({ level: () => settings.live.logLevel, format: settings.local.logFormat });
  let starting: Promise<Demo> | undefined;
  stopOnSignals(async () => {
    process.stderr.write('\nStopping: the charges end first.\n');
    // A signal during the start waits for it: everything that was begun is there to be stopped.
    const started = await starting?.catch(() => undefined);
    await started?.stop();
  }, logger);
  starting = startDemo(demoSettings, logger);
  const demo = await starting;
  process.stdout.write(`voltpile ready ${JSON.stringify({ pid: process.pid, ...demo.urls })}\n`);
  process.stderr.write(demo.greeting);
} catch (error) {
  const reason = explainFailure(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.stderr.write(`The Voltpile demo cannot start. ${reason}\n`);
  process.exit(1);
}
