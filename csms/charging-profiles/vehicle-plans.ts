import { toIso } from '@voltpile/kernel/clock';
import type { ChargingNeedsReport, ChargingScheduleReport, MessageOrigin } from '../contract/station-port.ts';
import { isStorableInstant } from '../persistence/timestamps.ts';
import { storeVehiclePlan } from '../persistence/vehicle-plans-repository.ts';
import { FactText } from '../stations/fact-text.ts';
import { type StationChangeDependencies, storeStationChange } from '../stations/store-station-change.ts';

/**
 * What a car says that it needs (OCPP 2.0.1 K15). Nobody here plans schedules for cars yet, so none will come: `rejected` says so
 * (K15.FR.04), and the station goes by the limits that it has. To accept would let the car wait for a schedule in vain.
 */
export async function chargingNeedsReported(
  dependencies: StationChangeDependencies,
  report: ChargingNeedsReport,
): Promise<{ readonly status: 'rejected' }> {
  const { origin, evseId, maxScheduleTuples, needs } = report;
  await store(dependencies, origin, {
    evseId,
    kind: 'needs',
    type: 'charging-needs.reported',
    detail: { maxScheduleTuples: maxScheduleTuples ?? null, needs },
  });
  return { status: 'rejected' };
}

/**
 * The schedule that a car has chosen (OCPP 2.0.1 K17). The station has let it choose within the limits that it knows, ours among them: there
 * is nothing to object to.
 */
export async function chargingScheduleReported(
  dependencies: StationChangeDependencies,
  report: ChargingScheduleReport,
): Promise<{ readonly status: 'accepted' }> {
  const { origin, evseId, timeBase, schedule } = report;
  const { at, text } = timeBase;
  await store(dependencies, origin, {
    evseId,
    kind: 'schedule',
    type: 'charging-schedule.reported',
    detail: { timeBase: at !== null && isStorableInstant(at) ? toIso(at) : text.slice(0, MAX_TIME), schedule },
  });
  return { status: 'accepted' };
}

const MAX_TIME = 100;

async function store(
  dependencies: StationChangeDependencies,
  origin: MessageOrigin,
  told: {
    readonly evseId: number;
    readonly kind: 'needs' | 'schedule';
    readonly type: 'charging-needs.reported' | 'charging-schedule.reported';
    readonly detail: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const { station, receivedAt, oddities } = origin;
  const { type, ...plan } = told;
  const { flags } = new FactText(oddities);
  await storeStationChange(dependencies, station, async (trx, place) => {
    const stored = await storeVehiclePlan(trx, place, { ...plan, receivedAt, flags });
    return stored === undefined ? [] : [{ type, data: { ...stored } }];
  });
}
