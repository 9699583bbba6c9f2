import type { FilesPort } from '@voltpile/operations/contract/files';
import { defineRoute, type Route } from '../http/route.ts';
import { requirePermission } from '../identity/caller.ts';
import { pageOf, pageQuery } from '../schemas/common.ts';
import { firmwareUpdateInput, firmwareUpdateView, startedFirmwareUpdate } from '../schemas/file.ts';
import { stationParams } from '../schemas/station.ts';

const tag = 'firmware';

export function firmwareUpdateRoutes(files: FilesPort): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/stations/{id}/firmware-updates',
      operationId: 'startFirmwareUpdate',
      tag,
      summary: 'Let a station update its firmware',
      description:
        'Gives the station an address on this server to fetch the file from, good for this station and file only and for a limited time, ' +
        'and the command to do so. With signature and certificate the update is a signed one. Needs `firmware.read` as well.',
      permission: 'station.configure',
      params: stationParams,
      body: firmwareUpdateInput,
      responses: {
        202: {
          description: 'On its way.',
          schema: startedFirmwareUpdate,
          headers: { Location: 'Where the command is.' },
        },
      },
      handle: async ({ caller, params, body }) => {
        requirePermission(caller, 'firmware.read');
        const started = await files.startFirmwareUpdate(caller.scope, params.id, body, caller.email);
        const { command, update } = started;
        return {
          status: 202,
          json: started,
          headers: { Location: `/api/v1/commands/${command.id}` },
          audit: {
            action: 'station.firmware-update',
            objectType: 'station',
            objectId: params.id,
            after: { updateId: update.id, fileId: update.fileId, fileName: update.fileName, commandId: command.id },
          },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}/firmware-updates',
      operationId: 'listFirmwareUpdates',
      tag,
      summary: 'Firmware updates of a station, newest first',
      permission: 'firmware.read',
      params: stationParams,
      query: pageQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(firmwareUpdateView) } },
      handle: async ({ caller, params, query }) => ({
        status: 200,
        json: await files.listFirmwareUpdates(caller.scope, params.id, query),
      }),
    }),
  ];
}
