import type { SettingTable } from '@voltpile/platform/config/setting';
import type { SettingsDesk, SettingsWritten } from '@voltpile/platform/config/settings-desk';
import * as z from 'zod';
import { defineRoute, type Route, type WriteResult } from '../http/route.ts';
import { pageOf, pageQuery } from '../schemas/common.ts';
import {
  importPlan,
  settingsChange,
  settingsImport,
  settingsImportQuestion,
  settingsList,
  settingsRollback,
  settingsVersion,
  settingsVersionOrNone,
  settingsWritten,
  versionParams,
} from '../schemas/setting.ts';

export type SettingsView = Pick<
  SettingsDesk<SettingTable>,
  'list' | 'history' | 'version' | 'change' | 'rollBack' | 'export' | 'plan' | 'import'
>;

const tag = 'platform';
const YAML = 'application/yaml';
const written = { description: 'The new version, and what it changes.', schema: settingsWritten };

/** They belong to no organisation. */
export function settingsRoutes(settings: SettingsView): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/settings',
      operationId: 'listSettings',
      tag,
      summary: 'All settings: what counts, and what each layer says',
      description:
        'Defaults, below a file, below the environment, below the database. In the order of their names, all at once.',
      permission: 'platform.read',
      wholeDeployment: true,
      responses: { 200: { description: 'All settings.', schema: settingsList } },
      handle: async () => ({ status: 200, json: { ...(await settings.list()), nextCursor: null } }),
    }),
    defineRoute({
      method: 'patch',
      path: '/api/v1/settings',
      operationId: 'changeSettings',
      tag,
      summary: 'Set some in the database, or take some back',
      description: 'One new version. Live settings count in every process within two seconds.',
      permission: 'platform.write',
      wholeDeployment: true,
      body: settingsChange,
      responses: { 200: written },
      handle: async ({ caller, body: { changes, ...author } }) =>
        answer(await settings.change(changes, { ...author, by: caller.email }), 200),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/settings/versions',
      operationId: 'listSettingsVersions',
      tag,
      summary: 'Who changed the settings, when and why, newest first',
      permission: 'platform.read',
      wholeDeployment: true,
      query: pageQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(settingsVersion) } },
      handle: async ({ query }) => ({ status: 200, json: await settings.history(query) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/settings/versions/{version}',
      operationId: 'getSettingsVersion',
      tag,
      summary: 'A version of the settings',
      description: 'Version 0 is before all that was set in the database.',
      permission: 'platform.read',
      wholeDeployment: true,
      params: versionParams,
      responses: { 200: { description: 'The version.', schema: settingsVersionOrNone } },
      handle: async ({ params: { version } }) => ({ status: 200, json: await settings.version(version) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/settings/versions/{version}/rollback',
      operationId: 'rollBackSettings',
      tag,
      summary: 'Take the settings of an earlier version again',
      description: 'A new version with the texts of the earlier one. Version 0 takes all settings back.',
      permission: 'platform.write',
      wholeDeployment: true,
      params: versionParams,
      body: settingsRollback,
      responses: { 201: written },
      handle: async ({ caller, params: { version }, body }) =>
        answer(await settings.rollBack(version, { ...body, by: caller.email }), 201),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/settings/export',
      operationId: 'exportSettings',
      tag,
      summary: 'The database’s settings as text',
      description:
        'YAML, a line for each in the order of their names: the same settings always give the same text. It can be kept in Git, imported, and used as `VOLTPILE_CONFIG_FILE`. Secrets are references.',
      permission: 'platform.read',
      wholeDeployment: true,
      responses: { 200: { description: 'The text.', contentType: YAML, schema: z.string() } },
      handle: async () => ({
        send: async (_request, response) => {
          const text = await settings.export();
          response.status(200);
          response.setHeader('Content-Type', `${YAML}; charset=utf-8`);
          response.setHeader('Cache-Control', 'private, no-store');
          response.end(text);
        },
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/settings/import/plan',
      operationId: 'planSettingsImport',
      tag,
      summary: 'What an import would change',
      description: 'Checks the text and changes nothing.',
      permission: 'platform.write',
      wholeDeployment: true,
      body: settingsImportQuestion,
      responses: { 200: { description: 'The differences.', schema: importPlan } },
      handle: async ({ body }) => ({ status: 200, json: await settings.plan(body.text), audit: null }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/settings/import',
      operationId: 'importSettings',
      tag,
      summary: 'Set exactly what a text says',
      description: 'One new version. What the text does not name is taken back.',
      permission: 'platform.write',
      wholeDeployment: true,
      body: settingsImport,
      responses: { 201: written },
      handle: async ({ caller, body: { text, ...author } }) =>
        answer(await settings.import(text, { ...author, by: caller.email }), 201),
    }),
  ];
}

function answer(done: SettingsWritten, status: number): WriteResult {
  const { version, differences } = done;
  return {
    status,
    json: done,
    audit: {
      action: `settings.${version.kind}`,
      objectType: 'settings',
      objectId: String(version.version),
      before: textsOf(differences, 'before'),
      after: { reason: version.reason, ...textsOf(differences, 'after') },
    },
  };
}

function textsOf(differences: SettingsWritten['differences'], side: 'before' | 'after'): Record<string, string | null> {
  return Object.fromEntries(differences.map((one) => [one.name, one[side]]));
}
