import type { CommandStatus } from '@voltpile/csms/contract/commands';
import { stationTariffSchema } from '@voltpile/csms/contract/station-tariff';
import { type Instant, instant } from '@voltpile/kernel/clock';
import { isUuid } from '@voltpile/kernel/ids';
import * as z from 'zod';
import type { CommandEnd } from './delivery.ts';
import { tariffDigest } from './tariff-digest.ts';

/** The command that tells a station its prices. */
export const TELL_PRICES = 'apply-tariff';

const commandSchema = z.object({
  id: z.string().refine(isUuid),
  action: z.literal(TELL_PRICES),
  payload: z.object({ tariff: stationTariffSchema }),
  status: z.enum(['accepted', 'rejected', 'failed', 'timeout', 'offline', 'unknown']) satisfies z.ZodType<
    Exclude<CommandStatus, 'pending'>
  >,
  response: z.unknown(),
  finishedAt: z.string().nullable(),
});

const WORDS = {
  accepted: 'the station has taken its prices',
  rejected: 'the station has refused its prices',
  failed: 'the station could not be sent its prices',
  timeout: 'the station did not answer',
  offline: 'the station is not connected',
  unknown: 'nobody knows what the station has answered',
} as const;

/**
 * Reads a command, or an event that tells of one.
 *
 * @returns undefined: it is another command, or has not ended
 */
export function commandEndOf(command: unknown, now: Instant): CommandEnd | undefined {
  const read = commandSchema.safeParse(command);
  if (!read.success) return undefined;
  const { id, payload, status, response, finishedAt } = read.data;
  return {
    commandId: id,
    status,
    digest: tariffDigest(payload.tariff),
    at: finishedAt === null ? now : instant(Date.parse(finishedAt)),
    problem: `${WORDS[status]}${detailOf(response)}`,
  };
}

function detailOf(response: unknown): string {
  if (typeof response !== 'object' || response === null) return '';
  const { message } = response as { readonly message?: unknown };
  return `: ${typeof message === 'string' ? message : JSON.stringify(response)}`;
}
