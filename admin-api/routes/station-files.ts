import type { FileContents, FilesPort } from '@voltpile/operations/contract/files';
import { withFileRefusals } from '../http/file-refusal.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { pageOf, pageQuery, uuidParams } from '../schemas/common.ts';
import { stationFileKind, stationFileView } from '../schemas/file.ts';
import { stationId } from '../schemas/station.ts';
import { contentResponses } from './file-content.ts';

const tag = 'station files';

export function stationFileRoutes(files: FilesPort, contents: FileContents): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/station-files',
      operationId: 'listStationFiles',
      tag,
      summary: 'Logs and diagnostics that stations have sent, newest first',
      permission: 'station.read',
      query: pageQuery.extend({ stationId: stationId.optional(), kind: stationFileKind.optional() }),
      responses: { 200: { description: 'A page.', schema: pageOf(stationFileView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await files.listStationFiles(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/station-files/{id}/content',
      operationId: 'downloadStationFile',
      tag,
      summary: 'Download a file that a station has sent',
      description: 'Whatever it is, it is given out as bytes to be saved: a station’s file is not to be trusted.',
      permission: 'station.operate',
      params: uuidParams,
      responses: contentResponses,
      handle: async ({ caller, params }) => ({
        send: (request, response) =>
          withFileRefusals(() =>
            contents.send(caller.scope, { id: params.id, sort: 'station-file' }, request, response),
          ),
      }),
    }),
  ];
}
