import { FLAT_COMPONENT } from '../contract/station-port.ts';
import { deviceName } from '../device-model/device-name.ts';
import { vocabularyOf } from '../stations/station-vocabulary.ts';

/** A key of its own says so where a dialect has no words for costs (OCA, “OCPP & California Pricing Requirements”, for OCPP 1.6). */
const SHOWS_COSTS = key(FLAT_COMPONENT, 'CustomDisplayCostAndPrice');
/** OCPP 2.0.1 part 2, TariffCostCtrlr: each has an instance for tariffs and one for costs. */
const MAY_NOT_BE_OFF = [key('TariffCostCtrlr', 'Available', 'Cost'), key('TariffCostCtrlr', 'Enabled', 'Cost')];

/** The variables that say whether a station shows what a charge costs. */
export const DISPLAY_VARIABLES: readonly string[] = [SHOWS_COSTS, ...MAY_NOT_BE_OFF];

/**
 * Whether a station can be told what a charge costs: its dialect has a way, and the station has not said that it does nothing with it. Where the
 * way is an extension of the dialect, the station must have said that it knows it.
 *
 * @param variables that the station has told of, among {@link DISPLAY_VARIABLES}
 */
export function showsCosts(capabilities: readonly string[], variables: ReadonlyMap<string, string>): boolean {
  if (!capabilities.includes('show-cost')) return false;
  const says = (name: string): string | undefined => variables.get(name)?.trim().toLowerCase();
  if (vocabularyOf(capabilities) === 'components') return MAY_NOT_BE_OFF.every((name) => says(name) !== 'false');
  // A station that nothing can be read of cannot say so.
  return !capabilities.includes('get-variables') || says(SHOWS_COSTS) === 'true';
}

function key(component: string, variable: string, instance?: string): string {
  return deviceName({ name: component }, { name: variable, instance }).key;
}
