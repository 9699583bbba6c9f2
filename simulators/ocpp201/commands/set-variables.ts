import type { VariableKey } from '../device-model/variables.ts';
import type { SimulatedStation201 } from '../station.ts';
import { tooMany } from '../too-many.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** SetVariables (OCPP 2.0.1, B05): each variable has an answer of its own. A new password makes the station log in again with it (A01). */
export function setVariables(
  station: SimulatedStation201,
  request: CentralRequest<'SetVariables'>,
): CommandAnswer<'SetVariables'> {
  const { setVariableData } = request;
  tooMany(setVariableData.length, station.device.integer('DeviceDataCtrlr.ItemsPerMessage[SetVariables]'));
  const inForce: VariableKey[] = [];
  const results = setVariableData.map((data) => {
    const { status, key } = station.device.setAttribute(data);
    if (status === 'Accepted' && key !== undefined) {
      inForce.push(key);
      if (key === 'SecurityCtrlr.BasicAuthPassword') station.setBasicAuthPassword(data.attributeValue);
    }
    const { component, variable, attributeType } = data;
    return {
      component,
      variable,
      attributeStatus: status,
      ...(attributeType === undefined ? {} : { attributeType }),
    };
  });
  return {
    response: { setVariableResult: results as CommandAnswer<'SetVariables'>['response']['setVariableResult'] },
    afterwards: () => {
      for (const key of inForce) station.variableChanged(key);
      if (inForce.includes('SecurityCtrlr.BasicAuthPassword')) void station.reconnect();
    },
  };
}
