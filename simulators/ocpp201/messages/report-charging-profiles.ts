import type { SimulatedStation201 } from '../station.ts';
import type { ChargingLimitSource, ChargingProfile, StationRequest } from '../types.ts';

export interface ReportedProfiles {
  readonly evseId: number;
  readonly source: ChargingLimitSource;
  readonly profiles: readonly ChargingProfile[];
}

/** ReportChargingProfiles (OCPP 2.0.1, K09): a message for each EVSE and source. */
export async function reportChargingProfiles(
  station: SimulatedStation201,
  requestId: number,
  reports: readonly ReportedProfiles[],
): Promise<void> {
  for (const [index, { evseId, source, profiles }] of reports.entries()) {
    await station.call('ReportChargingProfiles', {
      requestId,
      evseId,
      chargingLimitSource: source,
      chargingProfile: profiles as unknown as StationRequest<'ReportChargingProfiles'>['chargingProfile'],
      tbc: index < reports.length - 1,
    });
  }
}
