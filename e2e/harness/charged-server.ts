import type { QueryResultRow } from 'pg';
import type { ApiClient } from './api-client.ts';

/** What stations charge at: one process, or many. */
export interface ChargedServer {
  /** In many processes. */
  readonly isCluster?: true;
  readonly ocpp: string;
  readonly ykc: string;
  login(): Promise<ApiClient>;
  /** One statement, past the server. */
  query<Row extends QueryResultRow>(statement: string, values?: unknown[]): Promise<Row[]>;
}
