import { defineSettings } from '@voltpile/platform/config/setting';
import { baseUrl, MIB, oneOf, TIB, wholeNumber } from '@voltpile/platform/config/setting-types';

/** What an operator may set about files, alarms and the message log. */
export const OPERATIONS_SETTINGS = defineSettings({
  alarmOfflineSeconds: {
    name: 'VOLTPILE_ALARM_OFFLINE_SECONDS',
    type: wholeNumber(0, 86_400),
    default: '10',
    unit: 's',
    change: 'live',
    description: 'a station that has lost its connection may be away for so long before there is an alarm',
  },
  alarmStuckSeconds: {
    name: 'VOLTPILE_ALARM_STUCK_SECONDS',
    type: wholeNumber(60, 604_800),
    default: '1800',
    unit: 's',
    change: 'live',
    description: 'a connector may be occupied for so long without a charge before there is an alarm',
  },
  fileTokenHours: {
    name: 'VOLTPILE_FILE_TOKEN_HOURS',
    type: wholeNumber(1, 720),
    default: '24',
    unit: 'h',
    change: 'live',
    description: 'hours for which a station may use the address of a firmware or of a log upload',
  },
  logFileDays: {
    name: 'VOLTPILE_LOG_FILE_DAYS',
    type: wholeNumber(1, 3650),
    default: '30',
    unit: 'days',
    change: 'live',
    description: 'days that log files from stations are kept',
  },
  maxFilesBytes: {
    name: 'VOLTPILE_MAX_FILES_BYTES',
    type: wholeNumber(MIB, 512 * TIB),
    default: '21474836480',
    unit: 'bytes',
    change: 'live',
    description: 'space for all firmware and log files together; uploads beyond it are refused',
  },
  maxFileTransfers: {
    name: 'VOLTPILE_MAX_FILE_TRANSFERS',
    type: wholeNumber(1, 10_000),
    default: '200',
    change: 'live',
    description: 'uploads and downloads of files at the same time',
  },
  maxFirmwareBytes: {
    name: 'VOLTPILE_MAX_FIRMWARE_BYTES',
    type: wholeNumber(1024, TIB),
    default: '536870912',
    unit: 'bytes',
    change: 'live',
    description: 'largest firmware file',
  },
  maxLogFileBytes: {
    name: 'VOLTPILE_MAX_LOG_FILE_BYTES',
    type: wholeNumber(1024, TIB),
    default: '268435456',
    unit: 'bytes',
    change: 'live',
    description: 'largest log file of a station',
  },
  messageLog: {
    name: 'VOLTPILE_MESSAGE_LOG',
    type: oneOf(['off', 'errors', 'all']),
    default: 'errors',
    change: 'live',
    description: 'what is logged of stations that have no level of their own: `off`, `errors`, `all`',
  },
  messageLogDays: {
    name: 'VOLTPILE_MESSAGE_LOG_DAYS',
    type: wholeNumber(1, 366),
    default: '7',
    unit: 'days',
    change: 'live',
    description: 'days that logged messages are kept',
  },
  minTransferBytesPerSecond: {
    name: 'VOLTPILE_MIN_TRANSFER_BYTES_PER_SECOND',
    type: wholeNumber(0, MIB),
    default: '1024',
    unit: 'bytes/s',
    change: 'live',
    description: 'a file transfer slower than this is ended',
  },
  publicUrl: {
    name: 'VOLTPILE_PUBLIC_URL',
    type: baseUrl,
    change: 'live',
    description:
      'the address at which stations reach the HTTP port, for firmware and logs; without it, the address the server listens on',
  },
});
