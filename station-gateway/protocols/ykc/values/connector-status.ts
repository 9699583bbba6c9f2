import type { ChargingState, ConnectorStatus } from '@voltpile/csms/contract/station-port';
import { hardwareFaults } from '@voltpile/ykc/tables/hardware-faults';

export interface GunStatus {
  readonly status: ConnectorStatus;
  readonly detail: string;
  readonly chargingState?: ChargingState;
  readonly errorCode?: string;
  readonly info?: string;
}

/**
 * What 0x13 says of a gun, in the domain's words. `detail` is 1.6's finer word: a gun that is plugged and rests is preparing, or finishing when
 * its charge is recorded.
 */
export function connectorStatusOf(
  told: { readonly status: number; readonly plugged: number; readonly faults: number },
  gun: { readonly recorded: string | null },
): GunStatus {
  const faults = hardwareFaults(told.faults);
  const fault = faults.length === 0 ? {} : { errorCode: faults[0] as string, info: faults.join(', ') };
  switch (told.status) {
    case 3:
      return { status: 'Occupied', detail: 'Charging', chargingState: 'Charging', ...fault };
    case 2: {
      if (told.plugged !== 1) return { status: 'Available', detail: 'Available', chargingState: 'Idle', ...fault };
      const detail = gun.recorded === null ? 'Preparing' : 'Finishing';
      return { status: 'Occupied', detail, chargingState: 'EVConnected', ...fault };
    }
    case 1:
      return { status: 'Faulted', detail: 'Faulted', errorCode: 'unknown', ...fault };
    case 0:
      // Over a connection that works: the pile takes the gun for out of order.
      return { status: 'Unavailable', detail: 'Offline', ...fault };
    default:
      return { status: 'Unavailable', detail: `Status ${told.status}`, ...fault };
  }
}
