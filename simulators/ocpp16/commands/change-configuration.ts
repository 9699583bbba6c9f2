import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** ChangeConfiguration (OCPP 1.6, 5.4). A new AuthorizationKey makes the station log in again with it. */
export function changeConfiguration(
  station: SimulatedStation16,
  request: CentralRequest<'ChangeConfiguration'>,
): CommandAnswer<'ChangeConfiguration'> {
  const { key, value } = request;
  if (key.toLowerCase() === 'authorizationkey') {
    if (!station.setAuthorizationKey(value)) return { response: { status: 'Rejected' } };
    return { response: { status: 'Accepted' }, afterwards: () => void station.reconnect() };
  }
  const { status, name } = station.configuration.change(key, value);
  const isInForce = status === 'Accepted' && name !== undefined;
  return { response: { status }, afterwards: isInForce ? () => station.configurationChanged(name) : undefined };
}
