import type { FileContents, FilesPort } from '@voltpile/operations/contract/files';
import * as z from 'zod';
import { withFileRefusals } from '../http/file-refusal.ts';
import { defineRoute, defineStreamRoute, type Route } from '../http/route.ts';
import { flag, pageOf, pageQuery, uuid, uuidParams } from '../schemas/common.ts';
import { fileName, firmwareFileView, sha256 } from '../schemas/file.ts';
import { contentResponses } from './file-content.ts';

const tag = 'firmware';

export function firmwareFileRoutes(files: FilesPort, contents: FileContents): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/firmware-files',
      operationId: 'listFirmwareFiles',
      tag,
      summary: 'List firmware, newest first',
      permission: 'firmware.read',
      query: pageQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(firmwareFileView) } },
      handle: async ({ caller, query }) => ({ status: 200, json: await files.listFirmware(caller.scope, query) }),
    }),
    defineStreamRoute({
      method: 'post',
      path: '/api/v1/firmware-files',
      operationId: 'uploadFirmwareFile',
      tag,
      summary: 'Upload firmware',
      description:
        'The body is the file. The same content under the same name again is the same file (200), so a lost answer can be had again by ' +
        'sending the file once more.',
      permission: 'firmware.write',
      query: z.strictObject({
        name: fileName.meta({ description: 'As stations and people will see it.' }),
        organizationId: uuid.optional().meta({ description: 'Absent: the first one of the access scope.' }),
        sha256: sha256.optional().meta({ description: 'What the content must be; checked when it is here.' }),
      }),
      streamBody: { contentType: 'application/octet-stream', description: 'The file.' },
      responses: {
        201: { description: 'Stored.', schema: firmwareFileView, headers: { Location: 'Where the file is.' } },
        200: { description: 'It was here already.', schema: firmwareFileView },
      },
      handle: async ({ caller, query, content }) => {
        const facts = { ...query, contentType: content.contentType, uploadedBy: caller.email };
        const { file, isNew } = await withFileRefusals(() =>
          contents.storeFirmware(caller.scope, facts, content.stream, content.declaredBytes),
        );
        if (!isNew) return { status: 200, json: file, audit: null };
        return {
          status: 201,
          json: file,
          headers: { Location: `/api/v1/firmware-files/${file.id}` },
          audit: { action: 'firmware-file.create', objectType: 'firmware-file', objectId: file.id, after: file },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/firmware-files/{id}',
      operationId: 'getFirmwareFile',
      tag,
      summary: 'Get a firmware file’s description',
      permission: 'firmware.read',
      params: uuidParams,
      responses: { 200: { description: 'The file.', schema: firmwareFileView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await files.getFirmware(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/firmware-files/{id}',
      operationId: 'removeFirmwareFile',
      tag,
      summary: 'Remove firmware',
      description: 'Refused while a station may still fetch it (`file.in_use`), unless forced.',
      permission: 'firmware.write',
      params: uuidParams,
      query: z.strictObject({ force: flag.optional() }),
      responses: { 204: { description: 'Removed.' } },
      handle: async ({ caller, params, query }) => {
        const before = await files.getFirmware(caller.scope, params.id);
        await files.removeFirmware(caller.scope, params.id, { force: query.force ?? false });
        return {
          status: 204,
          audit: { action: 'firmware-file.delete', objectType: 'firmware-file', objectId: params.id, before },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/firmware-files/{id}/content',
      operationId: 'downloadFirmwareFile',
      tag,
      summary: 'Download firmware',
      permission: 'firmware.read',
      params: uuidParams,
      responses: contentResponses,
      handle: async ({ caller, params }) => ({
        send: (request, response) =>
          withFileRefusals(() => contents.send(caller.scope, { id: params.id, sort: 'firmware' }, request, response)),
      }),
    }),
  ];
}
