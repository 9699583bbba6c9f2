import { setTimeout as sleep } from 'node:timers/promises';
import { followDatabase } from '@voltpile/platform/config/follow-database';
import { NOTHING_STORED, type SettingsChange, type StoredSettings } from '@voltpile/platform/config/settings';
import { readNewest } from '@voltpile/platform/config/settings-store';
import { askForSettings, followBus, shareSettings } from '@voltpile/platform/config/share-settings';
import type { Database } from '@voltpile/platform/database/connection';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Bus } from '@voltpile/platform/nats/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Metrics } from '@voltpile/platform/telemetry/metrics';
import type { AllSettings, Config } from './settings.ts';

/** A gateway that starts before all others waits for one of them; its doors stay closed until then anyway. */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 250;

/**
 * Takes the stored settings, and keeps up with them from now on: from the database, or from a process that has one, which this one tells to others, too.
 *
 * @param facts.stopping nobody is waited for after it
 * @returns what holds until the process ends
 */
export async function takeSettings(
  settings: AllSettings,
  sources: { readonly database: Database | null; readonly bus: Bus | null },
  {
    logger: parent,
    metrics,
    stopping,
  }: { readonly logger: Logger; readonly metrics: Metrics; readonly stopping?: AbortSignal | undefined },
  resources: AsyncDisposableStack,
): Promise<Config> {
  const logger = parent.child({ component: 'settings' });
  const { database, bus } = sources;
  resources.defer(settings.watch((change) => tell(change, logger)));
  const config = settings.begin(
    database === null
      ? await askPatiently(bus, logger, stopping)
      : ((await withDatabaseErrors(() => readNewest(database.pool, undefined))) ?? NOTHING_STORED),
  );
  gauges(settings, metrics);
  const follower =
    database !== null
      ? followDatabase({ database, settings, logger: parent })
      : bus !== null
        ? followBus({ bus, settings, logger })
        : undefined;
  if (database !== null && bus !== null) resources.defer(shareSettings(bus, settings));
  if (follower !== undefined) {
    resources.defer(() => follower.stop());
    follower.start();
  }
  return config;
}

async function askPatiently(
  bus: Bus | null,
  logger: Logger,
  stopping: AbortSignal | undefined,
): Promise<StoredSettings> {
  const until = performance.now() + PATIENCE_MS;
  while (bus !== null && performance.now() < until) {
    if (stopping?.aborted) return NOTHING_STORED;
    const stored = await askForSettings(bus);
    if (stored !== undefined) return stored;
    await sleep(PAUSE_MS);
  }
  logger.warn(
    'nobody tells the settings of the cluster; those that need a restart are taken from file and environment',
  );
  return NOTHING_STORED;
}

/** No value: some are secrets, all are in the history. */
function tell({ version, changed, ignored, waiting }: SettingsChange, logger: Logger): void {
  logger.info({ version, changed }, 'settings were taken');
  for (const { name, problem } of ignored)
    logger.warn({ version, setting: name, problem }, 'a stored setting is ignored');
  if (waiting.length > 0) logger.warn({ version, settings: waiting }, 'settings wait for a restart of this process');
}

function gauges(settings: AllSettings, metrics: Metrics): void {
  metrics.gauge(
    'voltpile_settings_version',
    'Version of the stored settings that this process has taken.',
    [],
    (gauge) => gauge.set(settings.stored.version),
  );
  metrics.gauge('voltpile_settings_ignored', 'Stored settings that this process cannot use.', [], (gauge) =>
    gauge.set(settings.ignored.length),
  );
  metrics.gauge('voltpile_settings_waiting', 'Settings that wait for a restart of this process.', [], (gauge) =>
    gauge.set(settings.waiting.length),
  );
}
