import type { SimulatedStation201 } from '../station.ts';
import { tooMany } from '../too-many.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** GetVariables (OCPP 2.0.1, B06): each variable has an answer of its own. */
export function getVariables(
  station: SimulatedStation201,
  request: CentralRequest<'GetVariables'>,
): CommandAnswer<'GetVariables'> {
  const { getVariableData } = request;
  tooMany(getVariableData.length, station.device.integer('DeviceDataCtrlr.ItemsPerMessage[GetVariables]'));
  const results = getVariableData.map((data) => station.device.get(data));
  return { response: { getVariableResult: results as CommandAnswer<'GetVariables'>['response']['getVariableResult'] } };
}
