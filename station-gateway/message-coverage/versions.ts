import { OCPP16_ACTIONS } from '@voltpile/ocpp/actions/ocpp16';
import { OCPP21_ACTIONS } from '@voltpile/ocpp/actions/ocpp21';
import { OCPP201_ACTIONS } from '@voltpile/ocpp/actions/ocpp201';
import { COMMANDS as COMMANDS_16 } from '../protocols/ocpp16/commands.ts';
import { MESSAGES as MESSAGES_16 } from '../protocols/ocpp16/messages.ts';
import { COMMANDS as COMMANDS_201 } from '../protocols/ocpp201/commands.ts';
import { MESSAGES as MESSAGES_201 } from '../protocols/ocpp201/messages.ts';
import type { VersionTables } from './coverage.ts';

export const OCPP16: VersionTables = {
  name: 'OCPP 1.6',
  actions: OCPP16_ACTIONS,
  messages: MESSAGES_16,
  commands: COMMANDS_16,
};

export const OCPP201: VersionTables = {
  name: 'OCPP 2.0.1',
  actions: OCPP201_ACTIONS,
  messages: MESSAGES_201,
  commands: COMMANDS_201,
};

/** Has no dialect yet. */
export const OCPP21: VersionTables = { name: 'OCPP 2.1', actions: OCPP21_ACTIONS, messages: [], commands: [] };
