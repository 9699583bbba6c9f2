import { isUuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { type KeysetList, makePage, readPageRequest } from '@voltpile/platform/database/keyset-page';
import type { Knex } from 'knex';
import type { AccessScope } from '../contract/access-scope.ts';
import type { CommandAction } from '../contract/commands.ts';
import type { DeviceModelPort } from '../contract/device-model-port.ts';
import type { CommandsPort } from '../contract/operator-ports.ts';
import { listDeviceEvents, listMonitors, listReports, listVariables } from '../persistence/device-model-repository.ts';
import { findStation, type StationRecord } from '../persistence/stations-repository.ts';
import { stationUnknown } from '../stations/station-writer.ts';

const VARIABLES: KeysetList = { name: 'variables', isKey: isUuid };
const MONITORS: KeysetList = { name: 'monitors', isKey: (key) => /^\d{1,10}$/.test(key) };
const REPORTS: KeysetList = { name: 'device-reports', isKey: isUuid };
const EVENTS: KeysetList = { name: 'device-events', isKey: isUuid };

/** What operators see of the stations' models. */
export function createDeviceModelService(dependencies: {
  readonly knex: Knex;
  readonly commands: CommandsPort;
}): DeviceModelPort {
  const { knex, commands } = dependencies;

  const find = async (scope: AccessScope, stationId: string): Promise<StationRecord> => {
    const found = stationId.includes('\u0000') ? undefined : await findStation(knex, scope, stationId);
    if (found === undefined) throw stationUnknown({ stationId });
    return found;
  };

  return {
    variables: (scope, stationId, filter, page) =>
      withDatabaseErrors(async () => {
        const { limit, after } = readPageRequest(VARIABLES, page);
        const { station } = await find(scope, stationId);
        const rows = await listVariables(knex, station, filter, after, limit + 1);
        return makePage(
          VARIABLES,
          rows,
          limit,
          ({ id }) => id,
          ({ view }) => view,
        );
      }),

    monitors: (scope, stationId, filter, page) =>
      withDatabaseErrors(async () => {
        const { limit, after } = readPageRequest(MONITORS, page);
        const { station } = await find(scope, stationId);
        const rows = await listMonitors(knex, station, filter, after === null ? null : Number(after), limit + 1);
        return makePage(
          MONITORS,
          rows,
          limit,
          ({ id }) => String(id),
          (view) => view,
        );
      }),

    reports: (scope, stationId, filter, page) =>
      withDatabaseErrors(async () => {
        const { limit, after } = readPageRequest(REPORTS, page);
        const { station } = await find(scope, stationId);
        const rows = await listReports(knex, station, filter, after, limit + 1);
        return makePage(
          REPORTS,
          rows,
          limit,
          ({ id }) => id,
          (view) => view,
        );
      }),

    events: (scope, stationId, filter, page) =>
      withDatabaseErrors(async () => {
        const { limit, after } = readPageRequest(EVENTS, page);
        const { station } = await find(scope, stationId);
        const rows = await listDeviceEvents(knex, station, filter, after, limit + 1);
        return makePage(
          EVENTS,
          rows,
          limit,
          ({ id }) => id,
          (view) => view,
        );
      }),

    async refresh(scope, stationId, request, allowed) {
      const { variables, reportBase = 'FullInventory', ...rest } = request;
      const { view } = await withDatabaseErrors(() => find(scope, stationId));
      const reports = (view.capabilities as readonly string[]).includes('get-base-report' satisfies CommandAction);
      const action = variables === undefined && reports ? 'get-base-report' : 'get-variables';
      const payload = action === 'get-base-report' ? { reportBase } : variables === undefined ? {} : { variables };
      return commands.submit(scope, stationId, { action, payload, ...rest }, allowed);
    },
  };
}
