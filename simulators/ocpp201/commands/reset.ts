import type { SimulatedStation201 } from '../station.ts';
import type { Connector } from '../transaction.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

const EVSE_RESET_SECONDS = 5;

/** Reset (OCPP 2.0.1, B11 and B12): Immediate ends transactions, OnIdle waits for them; of the station or of one EVSE. */
export function reset(station: SimulatedStation201, request: CentralRequest<'Reset'>): CommandAnswer<'Reset'> {
  const { type, evseId } = request;
  const connector = evseId === undefined ? undefined : station.findConnector(evseId);
  if (evseId !== undefined && (connector === undefined || evseId === 0)) return { response: { status: 'Rejected' } };
  const affected = connector === undefined ? station.chargingConnectors : [connector];
  if (type === 'OnIdle' && affected.some(({ transaction }) => transaction !== undefined)) {
    return { response: { status: 'Scheduled' }, afterwards: () => station.resetWhenIdle(evseId) };
  }
  return {
    response: { status: 'Accepted' },
    afterwards: () => {
      if (connector === undefined) void station.reboot('Soft', 'command').catch(() => undefined);
      else resetEvse(station, connector);
    },
  };
}

/** The EVSE is away for a moment. */
function resetEvse(station: SimulatedStation201, connector: Connector): void {
  station.charging.interrupt(connector, 'soft-reset');
  if (connector.isInoperative) return;
  connector.isInoperative = true;
  station.refresh(connector);
  station.timers.after(EVSE_RESET_SECONDS * 1000, () => {
    connector.isInoperative = false;
    station.refresh(connector);
  });
}
