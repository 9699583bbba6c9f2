import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { Epoch, StationKey } from '@voltpile/csms/contract/ids';
import {
  type CommandOutcome,
  type InterpretedAction,
  type StationLink,
  unanswered,
} from '@voltpile/csms/contract/station-link';
import type { Instant } from '@voltpile/kernel/clock';
import type { ConnectionRegistry } from './connections/registry.ts';
import type { GatewayLogger } from './logger.ts';
import type { CommandReader } from './protocols/dialect.ts';

/** Carries commands to the sockets of this process. A command is sent at most once. */
export class GatewayLink implements StationLink {
  readonly #registry: ConnectionRegistry;
  readonly #dialects: readonly CommandReader[];
  readonly #logger: GatewayLogger;

  constructor(registry: ConnectionRegistry, dialects: readonly CommandReader[], logger: GatewayLogger) {
    this.#registry = registry;
    this.#dialects = dialects;
    this.#logger = logger;
  }

  async execute(
    station: StationKey,
    epoch: Epoch,
    command: StationCommand,
    deadline: Instant,
  ): Promise<CommandOutcome> {
    const session = this.#registry.current(station);
    if (session === undefined || session.epoch !== epoch || !session.usable) {
      return unanswered('offline', 'The station is not connected.');
    }
    try {
      return await session.execute(command, deadline);
    } catch (err) {
      this.#logger.error({ station, action: command.action, err }, 'a command failed in its dialect');
      return unanswered('failed', 'The command could not be carried out.');
    }
  }

  async interpret(protocol: string, action: string, payload: unknown): Promise<InterpretedAction> {
    const dialect = this.#dialects.find((one) => one.version === protocol);
    if (dialect === undefined) return { kind: 'invalid', problems: [`the protocol ${protocol} is not spoken here`] };
    return dialect.interpret(action, payload);
  }

  async disconnect(station: StationKey, epoch: Epoch, reason: string): Promise<void> {
    const session = this.#registry.current(station);
    // An older socket of the station has been asked to go already.
    if (session?.epoch === epoch) session.leave(reason, 'requested');
  }
}
