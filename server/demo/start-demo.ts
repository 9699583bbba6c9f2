import { DEFAULT_ADMINISTRATOR_EMAIL } from '@voltpile/admin-api/identity/first-administrator';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import { startVoltpile, type Voltpile, wholeUrls } from '../start.ts';
import { startDemoFleet } from './demo-fleet.ts';
import type { DemoSettings } from './demo-settings.ts';
import { DEMO_SITE, DEMO_STATIONS } from './demo-site.ts';
import { greeting } from './greeting.ts';
import { seedDemo } from './seed-demo.ts';

export interface Demo {
  readonly urls: Voltpile['urls'];
  /** To be shown to the person who started it; holds the password that the demo made up. */
  readonly greeting: string;
  /** Fleet first, so that its charges end properly; then the server. */
  stop(): Promise<void>;
}

/**
 * Starts a server, gives it the demo's site, stations and cards, and lets simulated stations charge there.
 *
 * @throws what {@link startVoltpile} and {@link seedDemo} throw; nothing is left running then
 */
export async function startDemo({ settings, madePassword }: DemoSettings, logger: Logger): Promise<Demo> {
  const { adminEmail, dataDir } = settings.local;
  await using begun = new AsyncDisposableStack();
  const server = begun.use(await startVoltpile({ settings, logger, standalone: true }));
  const { administrator, csms } = server.rooms;
  const urls = wholeUrls(server);
  const fleet = startDemoFleet({
    urls,
    stations: await seedDemo(csms.operatorPorts),
    ports: csms.operatorPorts,
    logger: logger.child({ component: 'demo' }),
  });
  begun.defer(() => fleet.stop());
  const isOurs = !(administrator?.kind === 'exists' && administrator.ignoredPassword);
  const running = begun.move();
  return {
    urls,
    greeting: greeting({
      http: urls.http,
      ocpp: urls.ocpp,
      email: adminEmail ?? DEFAULT_ADMINISTRATOR_EMAIL,
      password: isOurs ? madePassword : null,
      stations: DEMO_STATIONS.length,
      site: DEMO_SITE.name,
      dataDir,
    }),
    stop: () => running.disposeAsync(),
  };
}
