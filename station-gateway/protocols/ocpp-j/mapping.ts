import type { ShowCost, StationCommand } from '@voltpile/csms/contract/commands';
import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import type { CallOutcome } from '@voltpile/ocpp/rpc/types';

/** A station command and the action of an OCPP version that carries it. */
export interface Mapping<C extends StationCommand, P> extends OneWayMapping<C, P> {
  /** Reads the action's own payload, which keeps to its schema. */
  fromPayload(payload: P): Exclude<C, ShowCost>;
}

/** The same for a command that shares its action with another one, as which the action is read, or that nobody may give. */
export interface OneWayMapping<C extends StationCommand, P> {
  readonly command: C['action'];
  readonly action: string;
  /**
   * Payloads of the CALLs to make, one after the other; all are checked against the schema before the first is sent, apart from
   * what the dialect excepts.
   */
  toCalls(command: C): readonly P[] | Unsendable;
  /** What came of the CALLs, in their order; fewer than there were when the last one here got no answer. */
  toOutcome(answers: readonly [CallOutcome, ...CallOutcome[]], command: C): CommandOutcome;
}

export type AnyMapping<C extends StationCommand, P> = Mapping<C, P> | OneWayMapping<C, P>;

/** Why a command cannot be put into this dialect. */
export interface Unsendable {
  readonly unsendable: string;
}
