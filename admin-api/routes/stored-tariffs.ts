import type { StoredTariffsPort } from '@voltpile/billing/contract/stored-tariffs';
import * as z from 'zod';
import { defineRoute, type Route } from '../http/route.ts';
import { requirePermission } from '../identity/caller.ts';
import { flag, pageOf, pageQuery, uuid, uuidParams } from '../schemas/common.ts';
import {
  createdTariffView,
  tariffChange,
  tariffInput,
  tariffVersionInput,
  tariffVersionParams,
  tariffVersionView,
  tariffView,
} from '../schemas/stored-tariff.ts';

const tag = 'tariffs';
/** Versions are shown whole. */
const MOST_VERSIONS_A_PAGE = 100;

export function storedTariffRoutes(tariffs: StoredTariffsPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/tariffs',
      operationId: 'listTariffs',
      tag,
      summary: 'List tariffs, newest first',
      permission: 'tariff.read',
      query: pageQuery.extend({
        organizationId: uuid.optional(),
        archived: flag.optional().meta({ description: 'Those in the archive; absent: those that are not.' }),
      }),
      responses: { 200: { description: 'A page.', schema: pageOf(tariffView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, organizationId, archived = false } = query;
        const filter = { organizationId, archived };
        return { status: 200, json: await tariffs.list(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/tariffs',
      operationId: 'createTariff',
      tag,
      summary: 'Add a tariff',
      description:
        'With `tariff` the first version is published with it, which needs `tariff.publish`, too. Nobody is charged by a tariff before it is assigned.',
      permission: 'tariff.write',
      body: tariffInput,
      responses: {
        201: { description: 'Made.', schema: createdTariffView, headers: { Location: 'Where the tariff is.' } },
      },
      handle: async ({ caller, body }) => {
        const { tariff: content, effectiveFrom, ...facts } = body;
        if (content !== undefined) requirePermission(caller, 'tariff.publish');
        const firstVersion = content === undefined ? undefined : { tariff: content, effectiveFrom };
        const { tariff, version } = await tariffs.create(caller.scope, { ...facts, firstVersion }, caller.email);
        const after = { ...tariff, version };
        return {
          status: 201,
          json: after,
          headers: { Location: `/api/v1/tariffs/${tariff.id}` },
          audit: { action: 'tariff.create', objectType: 'tariff', objectId: tariff.id, after },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/tariffs/{id}',
      operationId: 'getTariff',
      tag,
      summary: 'Get a tariff',
      permission: 'tariff.read',
      params: uuidParams,
      responses: { 200: { description: 'The tariff.', schema: tariffView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await tariffs.get(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'patch',
      path: '/api/v1/tariffs/{id}',
      operationId: 'updateTariff',
      tag,
      summary: 'Rename a tariff, or archive it',
      description:
        'What it costs is changed by a new version. A tariff that is assigned, now or later, cannot be archived; one that is archived takes no versions and assignments.',
      permission: 'tariff.write',
      params: uuidParams,
      body: tariffChange,
      responses: { 200: { description: 'The tariff as it is now.', schema: tariffView } },
      handle: async ({ caller, params, body }) => {
        const before = await tariffs.get(caller.scope, params.id);
        const after = await tariffs.update(caller.scope, params.id, body);
        return {
          status: 200,
          json: after,
          audit: { action: 'tariff.update', objectType: 'tariff', objectId: after.id, before, after },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/tariffs/{id}/versions',
      operationId: 'listTariffVersions',
      tag,
      summary: 'List the versions of a tariff, newest first',
      permission: 'tariff.read',
      params: uuidParams,
      query: pageQuery.extend({ limit: z.coerce.number().int().min(1).max(MOST_VERSIONS_A_PAGE).default(50) }),
      responses: { 200: { description: 'A page.', schema: pageOf(tariffVersionView) } },
      handle: async ({ caller, params, query }) => ({
        status: 200,
        json: await tariffs.listVersions(caller.scope, params.id, query),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/tariffs/{id}/versions',
      operationId: 'publishTariffVersion',
      tag,
      summary: 'Publish a version of a tariff',
      description:
        'It holds from `effectiveFrom` until the next version does, and is never changed. What can never be meant is refused (400); what may be meant ' +
        'is in `warnings`.',
      permission: 'tariff.publish',
      params: uuidParams,
      body: tariffVersionInput,
      responses: {
        201: { description: 'Published.', schema: tariffVersionView, headers: { Location: 'Where the version is.' } },
      },
      handle: async ({ caller, params, body }) => {
        const version = await tariffs.addVersion(caller.scope, params.id, body, caller.email);
        return {
          status: 201,
          json: version,
          headers: { Location: `/api/v1/tariffs/${version.tariffId}/versions/${version.version}` },
          audit: { action: 'tariff.publish', objectType: 'tariff', objectId: version.tariffId, after: version },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/tariffs/{id}/versions/{version}',
      operationId: 'getTariffVersion',
      tag,
      summary: 'Get a version of a tariff',
      permission: 'tariff.read',
      params: tariffVersionParams,
      responses: { 200: { description: 'The version.', schema: tariffVersionView } },
      handle: async ({ caller, params }) => ({
        status: 200,
        json: await tariffs.getVersion(caller.scope, params.id, params.version),
      }),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/tariffs/{id}/versions/{version}',
      operationId: 'withdrawTariffVersion',
      tag,
      summary: 'Withdraw a version that is still ahead',
      description: 'One that has come into effect stays (409): publish the next one. The number is not given again.',
      permission: 'tariff.publish',
      params: tariffVersionParams,
      responses: { 204: { description: 'Withdrawn.' } },
      handle: async ({ caller, params }) => {
        const before = await tariffs.getVersion(caller.scope, params.id, params.version);
        await tariffs.withdrawVersion(caller.scope, params.id, params.version);
        return {
          status: 204,
          audit: { action: 'tariff.withdraw', objectType: 'tariff', objectId: before.tariffId, before },
        };
      },
    }),
  ];
}
