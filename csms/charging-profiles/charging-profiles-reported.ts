import { toIso } from '@voltpile/kernel/clock';
import type { ChargingProfilesReport } from '../contract/station-port.ts';
import {
  clearProfiles,
  completeProfileRequest,
  storeReportedProfiles,
} from '../persistence/charging-profiles-repository.ts';
import { FactText } from '../stations/fact-text.ts';
import { type StationChangeDependencies, storeStationChange } from '../stations/store-station-change.ts';
import { MAX_WORD, readReportedProfile } from './profile-view.ts';

/**
 * A part of the profiles that a station holds (OCPP 2.0.1 K09). Parts of one request share its number and come with one EVSE and source each;
 * with the last one, what was asked for and not told is known to be gone. A part that comes again changes nothing.
 */
export async function chargingProfilesReported(
  dependencies: StationChangeDependencies,
  report: ChargingProfilesReport,
): Promise<void> {
  const { origin, requestId, evseId, toBeContinued } = report;
  const { station, receivedAt, oddities } = origin;
  const text = new FactText(oddities);
  const source = text.read('source', report.source, MAX_WORD) ?? '';
  const profiles = report.profiles.flatMap((profile) => readReportedProfile(profile) ?? []);
  await storeStationChange(dependencies, station, async (trx, place) => {
    await storeReportedProfiles(trx, place, { requestId, evseId, source, reportedAt: receivedAt }, profiles);
    if (!toBeContinued) {
      const request = await completeProfileRequest(trx, station, requestId, receivedAt);
      if (request !== undefined) {
        const except = { requestId, requestedAt: request.requestedAt };
        await clearProfiles(trx, station, request.criteria, { at: receivedAt, reason: 'not-reported' }, except);
      }
    }
    return [
      {
        type: 'charging-profiles.reported',
        data: {
          requestId,
          evseId,
          source,
          toBeContinued,
          chargingProfileIds: profiles.map(({ profileId }) => profileId),
          receivedAt: toIso(receivedAt),
          flags: text.flags,
        },
      },
    ];
  });
}
