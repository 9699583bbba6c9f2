/** Who may send an action's CALL. */
export type Direction = 'from-station' | 'to-station' | 'both';

/** One row of a version's action table. */
export interface ActionEntry {
  readonly action: string;
  readonly direction: Direction;
  /** The feature profile (1.6) or functional block that it belongs to. */
  readonly feature: string;
  /** Travels as SEND, which is never answered (OCPP 2.1). */
  readonly isSend?: boolean;
}
