import { type Clock, systemClock } from '@voltpile/kernel/clock';
import { findOcpp16Action } from '@voltpile/ocpp/actions/ocpp16';
import { warmUp } from '@voltpile/ocpp/validator';
import type { OcppDialect } from '../dialect.ts';
import { type DialectTables, JsonDialect } from '../ocpp-j/json-dialect.ts';
import { COMMANDS } from './commands.ts';
import { MESSAGES } from './messages.ts';

const TABLES: DialectTables = {
  version: 'ocpp1.6',
  name: 'OCPP 1.6',
  messages: MESSAGES,
  commands: COMMANDS,
  findAction: findOcpp16Action,
};

/**
 * OCPP 1.6 with the security extension. Waits until every schema is compiled. What a station that is not accepted reports is taken, and
 * flagged.
 *
 * @param options.clock what Heartbeat answers with
 */
export async function createOcpp16Dialect(options: { clock?: Clock } = {}): Promise<OcppDialect> {
  await warmUp(TABLES.version);
  return new JsonDialect(TABLES, options.clock ?? systemClock);
}
