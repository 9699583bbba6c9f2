import assert from 'node:assert/strict';
import { COMMAND_ACTIONS } from '@voltpile/csms/contract/commands';
import { PERMISSIONS } from '../identity/permissions.ts';
import { startTestApi } from '../testing/test-api.ts';

interface Operation {
  operationId: string;
  description: string;
  tags: string[];
  security?: object[];
  parameters?: { name: string; in: string; required?: boolean; schema?: unknown }[];
  requestBody?: { content: Record<string, { schema: unknown }> };
  responses: Record<string, { description?: string; content?: Record<string, { schema?: unknown }> }>;
}

interface Document {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  tags: { name: string }[];
  components: { schemas: Record<string, Record<string, unknown>>; securitySchemes: object };
}

/** The public surface: an operation that disappears or changes its name breaks clients. */
const OPERATIONS = [
  'DELETE /api/v1/firmware-files/{id}',
  'DELETE /api/v1/id-tokens/{idToken}',
  'DELETE /api/v1/reservations/{id}',
  'DELETE /api/v1/stations/{id}',
  'DELETE /api/v1/stations/{id}/charging-profiles',
  'DELETE /api/v1/tariff-assignments/{id}',
  'DELETE /api/v1/tariffs/{id}/versions/{version}',
  'DELETE /api/v1/users/{id}',
  'GET /',
  'GET /api/v1/account-groups',
  'GET /api/v1/account-groups/{id}',
  'GET /api/v1/accounts',
  'GET /api/v1/accounts/{id}',
  'GET /api/v1/accounts/{id}/payment-methods',
  'GET /api/v1/accounts/{id}/wallet',
  'GET /api/v1/accounts/{id}/wallet/holds',
  'GET /api/v1/accounts/{id}/wallet/statement',
  'GET /api/v1/alarm-catalogue',
  'GET /api/v1/alarms',
  'GET /api/v1/alarms/{id}',
  'GET /api/v1/alarms/{id}/notes',
  'GET /api/v1/audit-log',
  'GET /api/v1/auth/me',
  'GET /api/v1/cdrs',
  'GET /api/v1/cdrs/{id}',
  'GET /api/v1/commands/{id}',
  'GET /api/v1/docs',
  'GET /api/v1/docs/{file}',
  'GET /api/v1/events',
  'GET /api/v1/firmware-files',
  'GET /api/v1/firmware-files/{id}',
  'GET /api/v1/firmware-files/{id}/content',
  'GET /api/v1/id-tokens',
  'GET /api/v1/id-tokens/{idToken}',
  'GET /api/v1/invoices',
  'GET /api/v1/invoices/{id}',
  'GET /api/v1/invoices/{id}/pdf',
  'GET /api/v1/jobs',
  'GET /api/v1/ledger/balances',
  'GET /api/v1/ledger/entries',
  'GET /api/v1/ledger/entries/{id}',
  'GET /api/v1/ledger/proofs',
  'GET /api/v1/live/fleet',
  'GET /api/v1/live/sites',
  'GET /api/v1/live/stations',
  'GET /api/v1/live/stations/{id}',
  'GET /api/v1/message-log',
  'GET /api/v1/message-log/export',
  'GET /api/v1/openapi.json',
  'GET /api/v1/organizations',
  'GET /api/v1/organizations/{id}',
  'GET /api/v1/organizations/{id}/invoice-issuer',
  'GET /api/v1/payments',
  'GET /api/v1/payments/{id}',
  'GET /api/v1/payments/{id}/refunds',
  'GET /api/v1/received-payments',
  'GET /api/v1/received-payments/{id}',
  'GET /api/v1/reservations',
  'GET /api/v1/reservations/{id}',
  'GET /api/v1/roles',
  'GET /api/v1/services',
  'GET /api/v1/services/history',
  'GET /api/v1/services/{name}',
  'GET /api/v1/settings',
  'GET /api/v1/settings/export',
  'GET /api/v1/settings/versions',
  'GET /api/v1/settings/versions/{version}',
  'GET /api/v1/settlements',
  'GET /api/v1/sites',
  'GET /api/v1/sites/{id}',
  'GET /api/v1/station-files',
  'GET /api/v1/station-files/{id}/content',
  'GET /api/v1/stations',
  'GET /api/v1/stations/{id}',
  'GET /api/v1/stations/{id}/charging-limits',
  'GET /api/v1/stations/{id}/charging-profiles',
  'GET /api/v1/stations/{id}/commands',
  'GET /api/v1/stations/{id}/composite-schedules',
  'GET /api/v1/stations/{id}/device-events',
  'GET /api/v1/stations/{id}/device-reports',
  'GET /api/v1/stations/{id}/firmware-updates',
  'GET /api/v1/stations/{id}/local-list',
  'GET /api/v1/stations/{id}/local-list/entries',
  'GET /api/v1/stations/{id}/log-requests',
  'GET /api/v1/stations/{id}/message-log',
  'GET /api/v1/stations/{id}/monitors',
  'GET /api/v1/stations/{id}/offline-rules',
  'GET /api/v1/stations/{id}/status-history',
  'GET /api/v1/stations/{id}/tariff',
  'GET /api/v1/stations/{id}/tariff-delivery',
  'GET /api/v1/stations/{id}/variables',
  'GET /api/v1/stations/{id}/vehicle-plans',
  'GET /api/v1/storage',
  'GET /api/v1/tariff-assignments',
  'GET /api/v1/tariff-assignments/{id}',
  'GET /api/v1/tariff-deliveries',
  'GET /api/v1/tariffs',
  'GET /api/v1/tariffs/{id}',
  'GET /api/v1/tariffs/{id}/versions',
  'GET /api/v1/tariffs/{id}/versions/{version}',
  'GET /api/v1/transactions',
  'GET /api/v1/transactions/{id}',
  'GET /api/v1/transactions/{id}/bills',
  'GET /api/v1/transactions/{id}/events',
  'GET /api/v1/transactions/{id}/meter-values',
  'GET /api/v1/transactions/{id}/settlement',
  'GET /api/v1/users',
  'GET /api/v1/users/{id}',
  'GET /healthz',
  'GET /metrics',
  'GET /readyz',
  'PATCH /api/v1/account-groups/{id}',
  'PATCH /api/v1/accounts/{id}',
  'PATCH /api/v1/id-tokens/{idToken}',
  'PATCH /api/v1/organizations/{id}',
  'PATCH /api/v1/settings',
  'PATCH /api/v1/sites/{id}',
  'PATCH /api/v1/stations/{id}',
  'PATCH /api/v1/stations/{id}/message-log',
  'PATCH /api/v1/stations/{id}/variables',
  'PATCH /api/v1/tariffs/{id}',
  'PATCH /api/v1/users/{id}',
  'POST /api/v1/account-groups',
  'POST /api/v1/accounts',
  'POST /api/v1/accounts/{id}/payment-methods/setup',
  'POST /api/v1/accounts/{id}/received-payments',
  'POST /api/v1/accounts/{id}/wallet/card-top-ups',
  'POST /api/v1/accounts/{id}/wallet/top-ups',
  'POST /api/v1/alarms/{id}/acknowledgement',
  'POST /api/v1/alarms/{id}/assignment',
  'POST /api/v1/alarms/{id}/clearing',
  'POST /api/v1/alarms/{id}/notes',
  'POST /api/v1/auth/login',
  'POST /api/v1/auth/logout',
  'POST /api/v1/auth/refresh',
  'POST /api/v1/cdrs/{id}/what-if',
  'POST /api/v1/firmware-files',
  'POST /api/v1/id-tokens',
  'POST /api/v1/invoices',
  'POST /api/v1/invoices/{id}/credit-notes',
  'POST /api/v1/invoices/{id}/emails',
  'POST /api/v1/jobs/{name}/runs',
  'POST /api/v1/ledger/proofs',
  'POST /api/v1/organizations',
  'POST /api/v1/payments/{id}/refunds',
  'POST /api/v1/received-payments/{id}/reversal',
  'POST /api/v1/settings/import',
  'POST /api/v1/settings/import/plan',
  'POST /api/v1/settings/versions/{version}/rollback',
  'POST /api/v1/sites',
  'POST /api/v1/stations',
  'POST /api/v1/stations/{id}/charging-profiles',
  'POST /api/v1/stations/{id}/commands',
  'POST /api/v1/stations/{id}/firmware-updates',
  'POST /api/v1/stations/{id}/local-list/sync',
  'POST /api/v1/stations/{id}/log-requests',
  'POST /api/v1/stations/{id}/offline-rules/apply',
  'POST /api/v1/stations/{id}/reservations',
  'POST /api/v1/stations/{id}/tariff-delivery',
  'POST /api/v1/stations/{id}/variables/refresh',
  'POST /api/v1/tariff-assignments',
  'POST /api/v1/tariffs',
  'POST /api/v1/tariffs/preview',
  'POST /api/v1/tariffs/validate',
  'POST /api/v1/tariffs/{id}/versions',
  'POST /api/v1/transactions/{id}/settlement/decisions',
  'POST /api/v1/users',
  'PUT /api/v1/organizations/{id}/invoice-issuer',
  'PUT /api/v1/stations/{id}/local-list',
];

const PUBLIC = new Set([
  'GET /',
  'GET /api/v1/docs',
  'GET /api/v1/docs/{file}',
  'GET /api/v1/openapi.json',
  'GET /healthz',
  'GET /metrics',
  'GET /readyz',
  'POST /api/v1/auth/login',
  'POST /api/v1/auth/refresh',
]);

describe('OpenAPI document', () => {
  let document: Document;
  const operations = (): [string, Operation][] =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [
        `${method.toUpperCase()} ${path}`,
        operation,
      ]),
    );

  before(async () => {
    await using api = await startTestApi();
    document = (await api.call('GET', '/api/v1/openapi.json', { token: null })).body;
  });

  it('is version 3.1 and holds exactly the public surface', () => {
    assert.equal(document.openapi, '3.1.0');
    assert.ok(document.info.title && document.info.version);
    assert.deepEqual(
      operations()
        .map(([name]) => name)
        .sort(),
      OPERATIONS,
    );
  });

  it('has operation ids and tags that are in order', () => {
    const ids = operations().map(([, { operationId }]) => operationId);
    assert.equal(new Set(ids).size, ids.length);
    const tags = new Set(document.tags.map(({ name }) => name));
    for (const [name, { tags: own }] of operations())
      assert.ok(
        own.every((tag) => tags.has(tag)),
        name,
      );
  });

  it('refers only to what is there', () => {
    const text = JSON.stringify(document);
    for (const [, name = ''] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
      assert.ok(document.components.schemas[name], name);
    }
    assert.doesNotMatch(text, /"\$ref":"(?!#\/components\/schemas\/)/);
    assert.doesNotMatch(text, /"\$schema"|"nullable":/, 'leftovers of JSON Schema documents and of OpenAPI 3.0');
  });

  it('declares every parameter of a path, required', () => {
    for (const [name, { parameters = [] }] of operations()) {
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      const inTemplate = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      assert.deepEqual(
        inPath.map((parameter) => parameter.name),
        inTemplate,
        name,
      );
      assert.ok(
        inPath.every(({ required }) => required === true),
        name,
      );
      assert.ok(
        parameters.every(({ schema }) => schema !== undefined),
        name,
      );
    }
  });

  it('describes every answer, and errors as problem documents', () => {
    for (const [name, { responses }] of operations()) {
      assert.ok(
        Object.keys(responses).some((status) => status.startsWith('2')),
        name,
      );
      for (const [status, response] of Object.entries(responses)) {
        assert.ok(response.description, `${name} ${status}`);
        if (status === 'default' || (status.startsWith('4') && name !== 'GET /readyz')) {
          assert.deepEqual(
            response.content?.['application/problem+json']?.schema,
            { $ref: '#/components/schemas/Problem' },
            `${name} ${status}`,
          );
        }
      }
    }
  });

  it('says which operations need no token, and which permission the others need', () => {
    for (const [name, { security, description }] of operations()) {
      assert.equal(security?.length === 0, PUBLIC.has(name), name);
      const [, permission] = /Permission: `([^`]+)`/.exec(description) ?? [];
      if (permission !== undefined) assert.ok((PERMISSIONS as readonly string[]).includes(permission), name);
      else assert.match(description, /Needs (no|a) token/, name);
    }
  });

  it('offers an Idempotency-Key on every POST but those of authentication and of files', () => {
    for (const [name, { parameters = [] }] of operations()) {
      const offered = parameters.some(
        ({ in: place, name: header }) => place === 'header' && header === 'Idempotency-Key',
      );
      // A file is its own key: the same content again is the same file.
      const takesNone = name.includes('/auth/') || name === 'POST /api/v1/firmware-files';
      assert.equal(offered, name.startsWith('POST') && !takesNone, name);
    }
  });

  it('lists the payload of every neutral command', () => {
    const { anyOf } = document.components.schemas.CommandInput as { anyOf: { title: string }[] };
    assert.deepEqual(anyOf.map(({ title }) => title).sort(), [...COMMAND_ACTIONS, 'OCPP action'].sort());
  });
});
