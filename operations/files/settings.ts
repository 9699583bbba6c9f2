/** What an operator may set about files; all but the folder is read anew each time, since it may change meanwhile. */
export interface FileSettings {
  /** Where the contents lie; made when missing. */
  readonly folder: string;
  /** Where stations reach the server, without a slash at the end; null: at the address that the HTTP listener gets. */
  readonly publicUrl: string | null;
  readonly maxFirmwareBytes: number;
  readonly maxLogFileBytes: number;
  /** Of all files together. */
  readonly maxFilesBytes: number;
  /** Files that are fetched or put at the same time. */
  readonly maxFileTransfers: number;
  readonly minTransferBytesPerSecond: number;
  /** How long the address in a command is good; of an update from the moment at which it is to be fetched. */
  readonly fileTokenHours: number;
  readonly logFileDays: number;
  /** Over how long the speed of a transfer is looked at (default 60 s). */
  readonly speedWindowMs?: number;
  /** Where several processes have one folder: an upload of which nothing was written for so long was broken off (default 0: there is one process). */
  readonly abandonedAfterMs?: number;
  /** Wrong tokens of one address in a minute (default 60). */
  readonly maxWrongTokens?: number;
}
