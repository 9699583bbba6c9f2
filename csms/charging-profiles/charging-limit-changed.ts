import type { ChargingLimitReport } from '../contract/station-port.ts';
import { clearLimits, storeLimit, storeUnseenLimit } from '../persistence/charging-limits-repository.ts';
import { FactText } from '../stations/fact-text.ts';
import { type StationChangeDependencies, storeStationChange } from '../stations/store-station-change.ts';
import { MAX_WORD } from './profile-view.ts';

/**
 * Somebody else limits the charging (OCPP 2.0.1 K12), or does so no more (K13, K14). What is told again is no news. The end without an EVSE
 * ends all that this source has limited.
 */
export async function chargingLimitChanged(
  dependencies: StationChangeDependencies,
  report: ChargingLimitReport,
): Promise<void> {
  const { origin, cleared, gridCritical, schedules } = report;
  const { station, receivedAt: at, oddities } = origin;
  const text = new FactText(oddities);
  const source = text.read('source', report.source, MAX_WORD) ?? '';
  // 0 is what dialects call the station as a whole.
  const evseId = report.evseId || null;
  await storeStationChange(dependencies, station, async (trx, place) => {
    const told = cleared
      ? await clearLimits(trx, place, { evseId, source, at })
      : [
          await storeLimit(trx, place, {
            evseId,
            source,
            gridCritical: gridCritical ?? null,
            schedules: schedules === undefined || schedules.length === 0 ? null : schedules,
            at,
            flags: text.flags,
          }),
        ];
    if (cleared && told.length === 0)
      told.push(await storeUnseenLimit(trx, place, { evseId, source, at, flags: text.flags }));
    return told.flatMap((limit) =>
      limit === undefined ? [] : [{ type: 'charging-limit.changed', data: { ...limit } }],
    );
  });
}
