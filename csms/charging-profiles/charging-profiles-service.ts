import { isUuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { type KeysetList, makePage, readPageRequest } from '@voltpile/platform/database/keyset-page';
import type { Knex } from 'knex';
import type { AccessScope, Page, PageRequest } from '../contract/access-scope.ts';
import type { ChargingProfilesPort } from '../contract/charging-profiles-port.ts';
import type { StationKey } from '../contract/ids.ts';
import type { CommandsPort } from '../contract/operator-ports.ts';
import { listLimits } from '../persistence/charging-limits-repository.ts';
import { listProfiles } from '../persistence/charging-profiles-repository.ts';
import { listCompositeSchedules } from '../persistence/composite-schedules-repository.ts';
import { findStation } from '../persistence/stations-repository.ts';
import { listVehiclePlans } from '../persistence/vehicle-plans-repository.ts';
import { stationUnknown } from '../stations/station-writer.ts';

const PROFILES: KeysetList = { name: 'charging-profiles', isKey: isUuid };
const LIMITS: KeysetList = { name: 'charging-limits', isKey: isUuid };
const SCHEDULES: KeysetList = { name: 'composite-schedules', isKey: (key) => readScheduleKey(key) !== undefined };
const PLANS: KeysetList = { name: 'vehicle-plans', isKey: isUuid };

/** What is known of the profiles of stations, and commands that change them. */
export function createChargingProfilesService(dependencies: {
  readonly knex: Knex;
  readonly commands: CommandsPort;
}): ChargingProfilesPort {
  const { knex, commands } = dependencies;

  /** A page of something that a station in the scope has. */
  const page = async <Item>(
    list: KeysetList,
    asked: { readonly scope: AccessScope; readonly stationId: string; readonly page: PageRequest },
    keyOf: (item: Item) => string,
    read: (station: StationKey, after: string | null, count: number) => Promise<Item[]>,
  ): Promise<Page<Item>> => {
    const { limit, after } = readPageRequest(list, asked.page);
    const { scope, stationId } = asked;
    if (stationId.includes('\u0000')) throw stationUnknown({ stationId });
    return withDatabaseErrors(async () => {
      const found = await findStation(knex, scope, stationId);
      if (found === undefined) throw stationUnknown({ stationId });
      return makePage(list, await read(found.station, after, limit + 1), limit, keyOf, (item) => item);
    });
  };
  const byId = ({ id }: { readonly id: string }): string => id;

  return {
    profiles: (scope, stationId, filter, request) =>
      page(PROFILES, { scope, stationId, page: request }, byId, (station, after, count) =>
        listProfiles(knex, scope, station, filter, after, count),
      ),
    limits: (scope, stationId, filter, request) =>
      page(LIMITS, { scope, stationId, page: request }, byId, (station, after, count) =>
        listLimits(knex, scope, station, filter, after, count),
      ),
    compositeSchedules: (scope, stationId, request) =>
      page(
        SCHEDULES,
        { scope, stationId, page: request },
        ({ evseId, chargingRateUnit }) => `${evseId}/${chargingRateUnit}`,
        (station, after, count) =>
          listCompositeSchedules(knex, scope, station, after === null ? null : (readScheduleKey(after) ?? null), count),
      ),
    vehiclePlans: (scope, stationId, filter, request) =>
      page(PLANS, { scope, stationId, page: request }, byId, (station, after, count) =>
        listVehiclePlans(knex, scope, station, filter, after, count),
      ),
    set: (scope, stationId, payload, given) =>
      commands.submit(scope, stationId, { action: 'set-charging-profile', payload, ...given }, ['configure']),
    clear: (scope, stationId, payload, given) =>
      commands.submit(scope, stationId, { action: 'clear-charging-profile', payload, ...given }, ['configure']),
  };
}

function readScheduleKey(key: string): { readonly evseId: number; readonly chargingRateUnit: string } | undefined {
  const match = /^(\d{1,9})\/([A-Za-z]{1,50})$/.exec(key);
  return match === null ? undefined : { evseId: Number(match[1]), chargingRateUnit: match[2] as string };
}
