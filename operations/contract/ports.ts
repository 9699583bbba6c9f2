import {
  number,
  SCOPE_FILTER_PAGE,
  SCOPE_ID,
  SCOPE_ID_PAGE,
  SCOPE_PAGE,
  scope,
  takes,
  text,
  textOrNull,
  texts,
} from '@voltpile/csms/contract/arguments';
import { definePort, READS } from '@voltpile/kernel/port-contract';
import * as z from 'zod';
import type { AlarmsPort } from './alarms.ts';
import type { FilesPort } from './files.ts';
import type { LivePort } from './live.ts';
import { LOG_LEVELS, type MessageLogFeedPort, type MessageLogPort } from './message-log.ts';

/** How the ports that this room declares cross a network. */

export const FILES_PORT = definePort<FilesPort>({
  name: 'files',
  version: 1,
  service: 'operations',
  methods: {
    listFirmware: { ...READS, args: SCOPE_PAGE },
    getFirmware: { ...READS, args: SCOPE_ID },
    listFirmwareUpdates: { ...READS, args: SCOPE_ID_PAGE },
    listLogRequests: { ...READS, args: SCOPE_ID_PAGE },
    listStationFiles: { ...READS, args: SCOPE_FILTER_PAGE },
    removeFirmware: { args: takes(scope, text, z.object({ force: z.boolean() })) },
    startFirmwareUpdate: { args: takes(scope, text, z.object({ fileId: text }), textOrNull) },
    requestLog: { args: takes(scope, text, z.object({ logType: text }), textOrNull) },
  },
});

export const MESSAGE_LOG_PORT = definePort<MessageLogPort>({
  name: 'message-log',
  version: 1,
  service: 'operations',
  methods: {
    list: { ...READS, timeoutMs: 20_000, args: SCOPE_FILTER_PAGE },
    setting: { ...READS, args: takes(text) },
    set: { isIdempotent: true, args: takes(text, z.enum(LOG_LEVELS).nullable()) },
  },
});

const alarmWord = z.object({ by: text, text: textOrNull });

export const ALARMS_PORT = definePort<AlarmsPort>({
  name: 'alarms',
  version: 1,
  service: 'operations',
  methods: {
    kinds: { ...READS, args: takes() },
    list: { ...READS, args: SCOPE_FILTER_PAGE },
    get: { ...READS, args: SCOPE_ID },
    notes: { ...READS, args: SCOPE_ID_PAGE },
    acknowledge: { isIdempotent: true, args: takes(scope, text, alarmWord) },
    clear: { args: takes(scope, text, z.object({ by: text, text })) },
    assign: { isIdempotent: true, args: takes(scope, text, alarmWord.extend({ assignedTo: textOrNull })) },
    addNote: { args: takes(scope, text, z.object({ by: text, text })) },
  },
});

export const LIVE_PORT = definePort<LivePort>({
  name: 'live',
  version: 1,
  service: 'operations',
  methods: {
    stations: { ...READS, args: SCOPE_FILTER_PAGE },
    station: { ...READS, args: SCOPE_ID },
    sites: { ...READS, args: SCOPE_PAGE },
    fleet: { ...READS, args: takes(scope) },
  },
});

const exchange = z.object({
  station: z.guid(),
  identity: text,
  organizationId: text,
  siteId: text,
  protocol: text,
  direction: text,
  action: textOrNull,
  messageId: textOrNull,
  outcome: text,
  errorCode: textOrNull,
  request: text,
  response: textOrNull,
  oddities: texts,
  requestedAt: number,
  latencyMs: number.nullable(),
});

/** A log, not the record: it gives way to everything else. */
export const MESSAGE_LOG_FEED_PORT = definePort<MessageLogFeedPort>({
  name: 'message-log-feed',
  version: 1,
  service: 'operations',
  methods: {
    levels: { ...READS, args: takes() },
    record: { importance: 'read', concurrency: 4, queue: 0, args: takes(z.array(exchange).readonly()) },
  },
});
