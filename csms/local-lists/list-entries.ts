import { foldToken } from '../authorization/evaluate-token.ts';
import type { CommandPayload } from '../contract/commands.ts';

/** What one message says, as the command carries it. */
export type ListMessage = CommandPayload<'send-local-list'>;
/** One place in a message. Without `idTokenInfo` it takes the token out (differential messages only). */
export type ListChange = NonNullable<ListMessage['localAuthorizationList']>[number];
/** A token in a list. */
export type ListEntry = ListChange & { readonly idTokenInfo: NonNullable<ListChange['idTokenInfo']> };

/**
 * What has to be told so that one list becomes the other. What takes away comes first: a card that was lost must not wait, and it makes room.
 *
 * A token that is to have another type is taken out only: a message names a token once, and where the type is part of the name, a changed one
 * would stand beside the old one. The next difference puts it in again.
 */
export function differenceOf(before: readonly ListEntry[], after: readonly ListEntry[]): ListChange[] {
  const wanted = byValue(after);
  const removals: ListChange[] = [];
  const held = new Map<string, ListEntry>();
  for (const entry of before) {
    const value = foldToken(entry.idToken);
    held.set(value, entry);
    const next = wanted.get(value);
    if (next === undefined || next.idTokenType !== entry.idTokenType) removals.push(removalOf(entry));
  }
  const changes: ListChange[] = [];
  const additions: ListChange[] = [];
  for (const [value, entry] of wanted) {
    const has = held.get(value);
    if (has === undefined) additions.push(entry);
    else if (has.idTokenType === entry.idTokenType && !isSame(has, entry)) changes.push(entry);
  }
  return [...removals, ...changes, ...additions];
}

/** The list of a station that has taken the message. */
export function applyMessage(before: readonly ListEntry[], message: ListMessage): ListEntry[] {
  const entries = message.updateType === 'Full' ? new Map<string, ListEntry>() : byValue(before);
  for (const change of message.localAuthorizationList ?? []) {
    const value = foldToken(change.idToken);
    if (change.idTokenInfo === undefined) entries.delete(value);
    else entries.set(value, { ...change, idTokenInfo: change.idTokenInfo });
  }
  return [...entries.values()];
}

function byValue(entries: readonly ListEntry[]): Map<string, ListEntry> {
  return new Map(entries.map((entry) => [foldToken(entry.idToken), entry]));
}

function removalOf({ idToken, idTokenType }: ListEntry): ListChange {
  return { idToken, ...(idTokenType === undefined ? {} : { idTokenType }) };
}

function isSame(one: ListEntry, other: ListEntry): boolean {
  const { idTokenInfo: a } = one;
  const { idTokenInfo: b } = other;
  return (
    a.status === b.status &&
    a.groupIdToken === b.groupIdToken &&
    (a.expiresAt === b.expiresAt ||
      (a.expiresAt !== undefined && b.expiresAt !== undefined && Date.parse(a.expiresAt) === Date.parse(b.expiresAt)))
  );
}
