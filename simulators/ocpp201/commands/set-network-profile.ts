import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** SetNetworkProfile (OCPP 2.0.1, B09): used from the boot on that finds its slot first in NetworkConfigurationPriority. */
export function setNetworkProfile(
  station: SimulatedStation201,
  request: CentralRequest<'SetNetworkProfile'>,
): CommandAnswer<'SetNetworkProfile'> {
  return { response: { status: station.network.set(request.configurationSlot, request.connectionData) } };
}
