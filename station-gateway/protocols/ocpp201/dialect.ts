import { type Clock, systemClock } from '@voltpile/kernel/clock';
import { findOcpp201Action } from '@voltpile/ocpp/actions/ocpp201';
import { warmUp } from '@voltpile/ocpp/validator';
import type { OcppDialect } from '../dialect.ts';
import { type DialectTables, JsonDialect } from '../ocpp-j/json-dialect.ts';
import { admissionRules } from './admission-rules.ts';
import { COMMANDS } from './commands.ts';
import { MESSAGES } from './messages.ts';
import { withShortTransactionName } from './values/transaction-names.ts';

const TABLES: DialectTables = {
  version: 'ocpp2.0.1',
  name: 'OCPP 2.0.1',
  messages: MESSAGES,
  commands: COMMANDS,
  findAction: findOcpp201Action,
  admission: admissionRules,
  judgedBySchema: withShortTransactionName,
};

/**
 * OCPP 2.0.1. Waits until every schema is compiled.
 *
 * @param options.clock what Heartbeat answers with
 */
export async function createOcpp201Dialect(options: { clock?: Clock } = {}): Promise<OcppDialect> {
  await warmUp(TABLES.version);
  return new JsonDialect(TABLES, options.clock ?? systemClock);
}
