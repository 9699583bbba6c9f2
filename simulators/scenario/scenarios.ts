import { readFile } from 'node:fs/promises';
import { commuter } from './built-in/commuter.ts';
import { faultyMeter } from './built-in/faulty-meter.ts';
import { firmwareUpdate } from './built-in/firmware-update.ts';
import { flakyNetwork } from './built-in/flaky-network.ts';
import { mixedSite } from './built-in/mixed-site.ts';
import { offlineReplay } from './built-in/offline-replay.ts';
import { powerCut } from './built-in/power-cut.ts';
import { remoteControl } from './built-in/remote-control.ts';
import { reservation } from './built-in/reservation.ts';
import { steadyDay } from './built-in/steady-day.ts';
import { invalidScenario, readScenario, type Scenario } from './scenario.ts';

export const SCENARIOS: readonly Scenario[] = [
  steadyDay,
  commuter,
  offlineReplay,
  flakyNetwork,
  faultyMeter,
  reservation,
  firmwareUpdate,
  powerCut,
  remoteControl,
  mixedSite,
];

/**
 * Finds a built-in scenario by its name, or reads one from a JSON file.
 *
 * @param name a name, or a path that ends in `.json`
 * @throws invalidScenario
 */
export async function loadScenario(name: string): Promise<Scenario> {
  const builtIn = SCENARIOS.find((scenario) => scenario.name === name);
  if (builtIn !== undefined) return builtIn;
  if (!name.endsWith('.json')) {
    const names = SCENARIOS.map((scenario) => scenario.name).join(', ');
    throw invalidScenario({ path: name, reason: `there is no such scenario; there are ${names}, and JSON files` });
  }
  let value: unknown;
  try {
    value = JSON.parse(await readFile(name, 'utf8'));
  } catch (error) {
    throw invalidScenario({ path: name, reason: (error as Error).message }, error);
  }
  return readScenario(value);
}
