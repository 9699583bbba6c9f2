import type { CentralRequest, CentralResponse, DisplayMessage } from './types.ts';

const MAX_MESSAGES = 10;

/** Messages on the station's display (OCPP 2.0.1, O): nobody sees them, but they are kept, told and forgotten as on a real one. */
export class Display {
  readonly #byId = new Map<number, DisplayMessage>();

  get size(): number {
    return this.#byId.size;
  }

  /** @param isTransaction whether a transaction of that name runs */
  set(
    message: DisplayMessage,
    isTransaction: (transactionId: string) => boolean,
  ): CentralResponse<'SetDisplayMessage'>['status'] {
    const { format } = message.message;
    if (format !== 'ASCII' && format !== 'UTF8') return 'NotSupportedMessageFormat';
    if (message.transactionId !== undefined && !isTransaction(message.transactionId)) return 'UnknownTransaction';
    if (!this.#byId.has(message.id) && this.#byId.size >= MAX_MESSAGES) return 'Rejected';
    if (message.priority === 'AlwaysFront') {
      // There is one at most: the newest (O01.FR.10).
      for (const other of this.#byId.values()) if (other.priority === 'AlwaysFront') this.#byId.delete(other.id);
    }
    this.#byId.set(message.id, message);
    return 'Accepted';
  }

  find({ id, priority, state }: CentralRequest<'GetDisplayMessages'>): DisplayMessage[] {
    return [...this.#byId.values()].filter(
      (message) =>
        (id === undefined || id.includes(message.id)) &&
        (priority === undefined || priority === message.priority) &&
        (state === undefined || state === message.state),
    );
  }

  clear(id: number): boolean {
    return this.#byId.delete(id);
  }

  /** Messages of a transaction go with it (O02). */
  transactionEnded(transactionId: string): void {
    for (const message of this.#byId.values())
      if (message.transactionId === transactionId) this.#byId.delete(message.id);
  }
}
