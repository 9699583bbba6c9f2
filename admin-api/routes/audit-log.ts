import { defineRoute, type Route } from '../http/route.ts';
import type { AuditLog } from '../identity/audit-log.ts';
import { auditEntry } from '../schemas/audit-entry.ts';
import { dateTime, pageOf, pageQuery, text, uuid } from '../schemas/common.ts';

export function auditLogRoutes(audit: AuditLog): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/audit-log',
      operationId: 'listAuditLog',
      tag: 'audit log',
      summary: 'Who did what, newest first',
      permission: 'audit.read',
      wholeDeployment: true,
      query: pageQuery.extend({
        action: text(1, 100).optional(),
        actorId: uuid.optional(),
        objectType: text(1, 100).optional(),
        objectId: text(1, 255).optional(),
        from: dateTime.optional(),
        to: dateTime.optional(),
      }),
      responses: { 200: { description: 'A page.', schema: pageOf(auditEntry) } },
      handle: async ({ query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await audit.list(filter, { limit, cursor }) };
      },
    }),
  ];
}
