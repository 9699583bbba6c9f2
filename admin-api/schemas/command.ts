import { COMMAND_ACTIONS, COMMAND_PAYLOADS } from '@voltpile/csms/contract/commands';
import type { CommandView } from '@voltpile/csms/contract/operator-ports';
import * as z from 'zod';
import { dateTime, text, uuid } from './common.ts';

export const commandView = z
  .object({
    id: uuid,
    stationId: z.string(),
    action: z.string(),
    payload: z.unknown().meta({ description: 'As sent; secrets are masked.' }),
    status: z.enum(['pending', 'accepted', 'rejected', 'failed', 'timeout', 'offline', 'unknown']),
    response: z
      .unknown()
      .meta({ description: 'The station’s answer as its protocol gave it; null while there is none.' }),
    requestedBy: z.string().nullable(),
    createdAt: dateTime,
    deadline: dateTime,
    finishedAt: dateTime.nullable(),
  })
  .meta({ id: 'Command' }) satisfies z.ZodType<CommandView>;

/**
 * Payloads are checked by the domain, which alone knows whether an action is neutral or the station's own; the document lists the
 * neutral ones from the same schemas.
 */
export const commandInput = z
  .strictObject({
    action: text(1, 100).meta({
      description: 'A neutral command, or an OCPP action of the station’s version by its name.',
    }),
    payload: z.record(z.string(), z.unknown()).default({}),
    timeoutSeconds: z.int().min(1).max(600).optional(),
  })
  .meta({ id: 'CommandInput', override: ({ jsonSchema }) => Object.assign(jsonSchema, { anyOf: describeActions() }) });

function describeActions(): object[] {
  const neutral = COMMAND_ACTIONS.map((action) => {
    const { $schema: _unused, ...payload } = z.toJSONSchema(COMMAND_PAYLOADS[action], { io: 'input' });
    return { title: action, properties: { action: { const: action }, payload }, required: ['action'] };
  });
  const own = {
    title: 'OCPP action',
    description: 'One that has a neutral twin becomes that command; the others need `station.raw-call`.',
    properties: { action: { type: 'string', pattern: '^[A-Z]' }, payload: { type: 'object' } },
    required: ['action'],
  };
  return [...neutral, own];
}
