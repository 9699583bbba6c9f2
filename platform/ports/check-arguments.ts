import type { MethodPolicy } from '@voltpile/kernel/port-contract';
import { badCall } from '../nats/wire.ts';

const MOST_CHARACTERS = 500;

/**
 * Looks whether arguments are what a method takes, as far as its declaration says.
 *
 * @throws InvalidArgument `port.bad_call`
 */
export function checkArguments(method: string, { args: check }: MethodPolicy, args: readonly unknown[]): void {
  const problem = check?.problemOf(args);
  if (problem !== undefined) throw badCall({ method, problem: problem.slice(0, MOST_CHARACTERS) });
}
