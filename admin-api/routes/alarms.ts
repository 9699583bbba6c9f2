import type { AlarmsPort, AlarmView } from '@voltpile/operations/contract/alarms';
import * as z from 'zod';
import { defineRoute, type Route } from '../http/route.ts';
import {
  alarmAcknowledgement,
  alarmAssignment,
  alarmClearing,
  alarmFilter,
  alarmKindView,
  alarmNoteView,
  alarmView,
  newAlarmNote,
} from '../schemas/alarm.ts';
import { pageOf, pageQuery, uuidParams } from '../schemas/common.ts';

const tag = 'alarms';

/** What is written into the audit log of an alarm that somebody has changed. */
function audited(action: string, before: AlarmView, after: AlarmView) {
  return { action, objectType: 'alarm', objectId: after.id, before, after } as const;
}

export function alarmRoutes(alarms: AlarmsPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/alarm-catalogue',
      operationId: 'listAlarmKinds',
      tag,
      summary: 'What there are alarms for',
      permission: 'alarm.read',
      responses: { 200: { description: 'All kinds.', schema: z.object({ items: z.array(alarmKindView) }) } },
      handle: async () => ({ status: 200, json: { items: [...(await alarms.kinds())] } }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/alarms',
      operationId: 'listAlarms',
      tag,
      summary: 'What is, or was, wrong with stations',
      description: 'Newest first, by when they began for the last time.',
      permission: 'alarm.read',
      query: pageQuery.extend(alarmFilter),
      responses: { 200: { description: 'A page.', schema: pageOf(alarmView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await alarms.list(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/alarms/{id}',
      operationId: 'getAlarm',
      tag,
      summary: 'An alarm',
      permission: 'alarm.read',
      params: uuidParams,
      responses: { 200: { description: 'The alarm.', schema: alarmView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await alarms.get(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/alarms/{id}/notes',
      operationId: 'listAlarmNotes',
      tag,
      summary: 'What has happened to an alarm, newest first',
      permission: 'alarm.read',
      params: uuidParams,
      query: pageQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(alarmNoteView) } },
      handle: async ({ caller, params, query }) => ({
        status: 200,
        json: await alarms.notes(caller.scope, params.id, query),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/alarms/{id}/notes',
      operationId: 'addAlarmNote',
      tag,
      summary: 'Write something to an alarm',
      permission: 'alarm.acknowledge',
      params: uuidParams,
      body: newAlarmNote,
      responses: { 201: { description: 'Written.', schema: alarmNoteView } },
      handle: async ({ caller, params, body }) => {
        const note = await alarms.addNote(caller.scope, params.id, { by: caller.email, text: body.text });
        const audit = { action: 'alarm.note', objectType: 'alarm', objectId: params.id, after: note } as const;
        return { status: 201, json: note, audit };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/alarms/{id}/acknowledgement',
      operationId: 'acknowledgeAlarm',
      tag,
      summary: 'Say that somebody has seen it',
      description: 'It stays acknowledged when it begins again within an hour.',
      permission: 'alarm.acknowledge',
      params: uuidParams,
      body: alarmAcknowledgement,
      responses: { 200: { description: 'The alarm.', schema: alarmView } },
      handle: async ({ caller, params, body }) => {
        const before = await alarms.get(caller.scope, params.id);
        const word = { by: caller.email, text: body.text ?? null };
        const after = await alarms.acknowledge(caller.scope, params.id, word);
        return { status: 200, json: after, audit: audited('alarm.acknowledge', before, after) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/alarms/{id}/clearing',
      operationId: 'clearAlarm',
      tag,
      summary: 'Say that it need not be looked at any more',
      description: 'It stays cleared until what it is about is over, and begins again.',
      permission: 'alarm.acknowledge',
      params: uuidParams,
      body: alarmClearing,
      responses: { 200: { description: 'The alarm.', schema: alarmView } },
      handle: async ({ caller, params, body }) => {
        const before = await alarms.get(caller.scope, params.id);
        const after = await alarms.clear(caller.scope, params.id, { by: caller.email, text: body.text });
        return { status: 200, json: after, audit: audited('alarm.clear', before, after) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/alarms/{id}/assignment',
      operationId: 'assignAlarm',
      tag,
      summary: 'Say whom it is for',
      permission: 'alarm.acknowledge',
      params: uuidParams,
      body: alarmAssignment,
      responses: { 200: { description: 'The alarm.', schema: alarmView } },
      handle: async ({ caller, params, body }) => {
        const before = await alarms.get(caller.scope, params.id);
        const word = { by: caller.email, text: body.text ?? null, assignedTo: body.assignedTo };
        const after = await alarms.assign(caller.scope, params.id, word);
        return { status: 200, json: after, audit: audited('alarm.assign', before, after) };
      },
    }),
  ];
}
