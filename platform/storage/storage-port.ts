import { definePort, type PortContract, READS } from '@voltpile/kernel/port-contract';
import type { JobService } from '../jobs/jobs-port.ts';

/** A table with its indexes and partitions. */
export interface TableSizeView {
  readonly schema: string;
  readonly name: string;
  readonly bytes: number;
  /** As the database estimates it. */
  readonly rows: number;
  /** What it had a week, and a month, before; null where nobody has looked then. */
  readonly bytesAWeekAgo: number | null;
  readonly bytesAMonthAgo: number | null;
}

/** What a database holds. */
export interface DatabaseSizeView {
  /** Host, port and name, without user and password. */
  readonly database: string;
  /** All of it, also what is no table of ours. */
  readonly bytes: number;
  /** The largest first; five hundred at most. */
  readonly tables: readonly TableSizeView[];
}

export interface StoragePort {
  size(): Promise<DatabaseSizeView>;
}

/** The database of a service. */
export function storagePortOf(service: JobService): PortContract<StoragePort> {
  return definePort<StoragePort>({
    name: `${service}-storage`,
    version: 1,
    service,
    methods: { size: { ...READS, timeoutMs: 20_000 } },
  });
}
