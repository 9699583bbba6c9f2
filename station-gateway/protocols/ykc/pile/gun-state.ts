/** A charge that the pile tells of. */
export interface RunningCharge {
  readonly serial: string;
  /** Nobody may charge under this serial: the pile is told to stop, a few times. */
  isVoid: boolean;
  stopsSent: number;
  lastStopAt: number;
  /** What it may spend, in 0.01 yuan, as the pile was told on the way; absent while it was not. */
  balanceTold?: number;
}

/** What was last asked at a gun, so that a repeated question gets the same serial. */
export interface LastRequest {
  readonly key: string;
  readonly serial: string;
  readonly at: number;
  /** The frame that asked: when that is tried again, it is the same question whatever has happened. */
  readonly frame: object;
}

/** What is known of one gun on this connection. Times by the watch's clock. */
export class GunState {
  /** Its number as the pile writes it. */
  gun: string;
  /** Undefined: the number means nothing. */
  readonly evseId: number | undefined;
  /** What was last told to the domain. */
  statusTold = '';
  /** The same of its parking lock. */
  lockTold = '';
  /** What its last heartbeat said. */
  isFaulty = false;
  /** When 0x13 came last, or was last asked for. */
  realtimeAt: number;
  readsUnanswered = 0;
  /** Whether it was seen at rest on this connection: what charges then has begun under our eyes. */
  wasIdle = false;
  charge: RunningCharge | null = null;
  /** The last charge whose record has come; its car may still be there. */
  recorded: string | null = null;
  request: LastRequest | null = null;
  /** Serials that we gave to a start that did not come in time, newest last. */
  voided: readonly string[] = [];

  constructor(gun: string, evseId: number | undefined, now: number) {
    this.gun = gun;
    this.evseId = evseId;
    this.realtimeAt = now;
  }

  /** A charge has come of a request: whoever asks in the same words asks for another one. */
  served(serial: string): void {
    if (this.request?.serial === serial) this.request = null;
  }

  /** Nobody may charge under a serial: neither what begins under it nor what has begun. */
  void(serial: string): void {
    this.voided = [...this.voided.slice(-7), serial];
    if (this.charge?.serial === serial) this.charge.isVoid = true;
  }
}
