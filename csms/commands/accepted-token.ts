import type { Instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import { foldToken, isMasterPass } from '../authorization/evaluate-token.ts';
import { COMMAND_PAYLOADS, type CommandPayload } from '../contract/commands.ts';
import { findIdToken, type IdTokenFacts } from '../persistence/id-tokens-repository.ts';
import { findOrganization } from '../persistence/organizations-repository.ts';

export const stationNotAccepted = defineError(
  'command.station_not_accepted',
  'FailedPrecondition',
  'Station {stationId} is not accepted; nothing can be started there.',
);
export const idTokenNotAccepted = defineError(
  'id_token.not_accepted',
  'FailedPrecondition',
  'Id token {idToken} is {status}; nothing can be started with it.',
);
export const idTokenOnlyStops = defineError(
  'id_token.only_stops',
  'FailedPrecondition',
  'Id token {idToken} is a master pass: it stops transactions and starts none.',
);

/**
 * The registered token by which somebody is about to charge. One that is not registered may: who gives the command vouches for it.
 *
 * @throws FailedPrecondition `id_token.not_accepted` when it is registered and may not charge, `id_token.only_stops` when it is a master
 *   pass
 */
export async function findAcceptedToken(
  db: Knex,
  organizationId: Uuid,
  idToken: string,
  now: Instant,
): Promise<IdTokenFacts | undefined> {
  // Such a text is in no table.
  if (idToken.includes('\u0000')) return undefined;
  const organization = { kind: 'organizations', organizationIds: [organizationId] } as const;
  const token = await findIdToken(db, organization, foldToken(idToken));
  if (token === undefined) return undefined;
  const { status, expiresAt } = token.facts;
  const isOver = status === 'Accepted' && expiresAt !== null && expiresAt <= now;
  if (status !== 'Accepted' || isOver) throw idTokenNotAccepted({ idToken, status: isOver ? 'Expired' : status });
  if (token.facts.groupIdToken === null) return token.facts;
  const owner = await findOrganization(db, organization, organizationId);
  if (isMasterPass(token.facts.groupIdToken, owner?.masterPassGroupId ?? null)) throw idTokenOnlyStops({ idToken });
  return token.facts;
}

type IdTokenType = CommandPayload<'start-transaction'>['idTokenType'];

/** The registered type of a token, when it is one that a command can name. */
export function knownTokenType(type: string | undefined): IdTokenType {
  const read = COMMAND_PAYLOADS['start-transaction'].shape.idTokenType.safeParse(type);
  return read.success ? read.data : undefined;
}
