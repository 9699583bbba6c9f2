import { definePort, READS } from '@voltpile/kernel/port-contract';
import type { AlarmsPort } from './alarms.ts';
import type { FilesPort } from './files.ts';
import type { LivePort } from './live.ts';
import type { MessageLogFeedPort, MessageLogPort } from './message-log.ts';

/** How the ports that this room declares cross a network. */

export const FILES_PORT = definePort<FilesPort>({
  name: 'files',
  version: 1,
  service: 'operations',
  methods: {
    listFirmware: READS,
    getFirmware: READS,
    listFirmwareUpdates: READS,
    listLogRequests: READS,
    listStationFiles: READS,
    removeFirmware: {},
    startFirmwareUpdate: {},
    requestLog: {},
  },
});

export const MESSAGE_LOG_PORT = definePort<MessageLogPort>({
  name: 'message-log',
  version: 1,
  service: 'operations',
  methods: {
    list: { ...READS, timeoutMs: 20_000 },
    setting: READS,
    set: { isIdempotent: true },
  },
});

export const ALARMS_PORT = definePort<AlarmsPort>({
  name: 'alarms',
  version: 1,
  service: 'operations',
  methods: {
    kinds: READS,
    list: READS,
    get: READS,
    notes: READS,
    acknowledge: { isIdempotent: true },
    clear: {},
    assign: { isIdempotent: true },
    addNote: {},
  },
});

export const LIVE_PORT = definePort<LivePort>({
  name: 'live',
  version: 1,
  service: 'operations',
  methods: { stations: READS, station: READS, sites: READS, fleet: READS },
});

/** A log, not the record: it gives way to everything else. */
export const MESSAGE_LOG_FEED_PORT = definePort<MessageLogFeedPort>({
  name: 'message-log-feed',
  version: 1,
  service: 'operations',
  methods: { levels: READS, record: { importance: 'read', concurrency: 4, queue: 0 } },
});
