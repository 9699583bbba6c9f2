import type { Instant } from '@voltpile/kernel/clock';
import type { TimerGroup } from '../virtual-time.ts';
import type { ProfileContext } from './charging-profiles.ts';
import type { Connector } from './connector.ts';
import { notPossible } from './errors.ts';
import type { StationClock } from './station-clock.ts';
import { MILLIJOULES_PER_WH } from './vehicle.ts';

const TICK_MS = 10_000;
/** How often a charge that stands still looks whether it may go on. */
const STANDSTILL_TICK_MS = 60_000;

/** What the flow of energy depends on, and who hears of it. */
export interface FlowingStation {
  readonly clock: StationClock;
  readonly timers: TimerGroup;
  readonly maxPowerW: number;
  readonly chargingConnectors: readonly Connector[];
  readonly profiles: {
    connectorLimitW(connectorId: number, at: Instant, context: ProfileContext | undefined): number | undefined;
    stationLimitW(at: Instant): number | undefined;
  };
  /** The transaction that a connector's limits are asked for. */
  profileContext(connector: Connector): ProfileContext | undefined;
  /** Energy began to flow, ceased, or the reason why it does not flow has changed. */
  flowChanged(connector: Connector): void;
  /** Works out the connector's status anew. */
  refresh(connector: Connector): void;
}

/**
 * The energy that flows through connectors whose power path is closed: what the car wants, at most what the station and its charging
 * profiles allow, counted in whole millijoules.
 */
export class EnergyFlow {
  readonly #station: FlowingStation;

  constructor(station: FlowingStation) {
    this.#station = station;
  }

  /** Closes the power path. Energy flows from the next {@link update} on. */
  close(connector: Connector): void {
    this.count(connector);
    const now = this.#station.clock.now();
    connector.meter.transactionBegins();
    connector.isClosed = true;
    connector.isBlocked = false;
    connector.closedAt = now;
    connector.flowingSince = now;
    connector.closedAtMillijoules = connector.meter.millijoules;
  }

  /** Opens the power path: nothing flows any more, and nobody need wait for more. */
  open(connector: Connector): void {
    this.count(connector);
    connector.isClosed = false;
    connector.isBlocked = false;
    connector.flow = undefined;
    connector.powerW = 0;
    connector.flowTimer?.cancel();
    for (const milestone of connector.milestones.splice(0)) milestone.settle(false);
  }

  /** Counts what flowed, decides what flows from now on, and plans when to look again. */
  update(connector: Connector): void {
    const { timers, clock } = this.#station;
    connector.flowTimer?.cancel();
    this.count(connector);
    const now = clock.now();
    const before = connector.flow;
    connector.offeredW = connector.isBlocked || connector.isFaulted ? 0 : this.#allowedW(connector, now);
    if (connector.isClosed) {
      const seconds = connector.flow === 'charging' ? (now - connector.flowingSince) / 1000 : 0;
      const wanted = connector.vehicle?.wantedPowerW(seconds) ?? 0;
      connector.powerW = Math.floor(Math.min(wanted, connector.offeredW));
      const flow = connector.powerW > 0 ? 'charging' : connector.offeredW <= 0 ? 'suspended-evse' : 'suspended-ev';
      if (flow === 'charging' && connector.flow !== 'charging') connector.flowingSince = now;
      connector.flow = flow;
      connector.flowTimer = timers.after(this.#nextLookMs(connector), () => this.update(connector));
    } else {
      connector.flow = undefined;
      connector.powerW = 0;
    }
    this.#station.refresh(connector);
    if (connector.flow !== before && connector.flow !== undefined) this.#station.flowChanged(connector);
    this.#reachMilestones(connector);
  }

  /** Something changed for all connectors (a profile, a charge that ended). */
  updateAll(): void {
    for (const connector of this.#station.chargingConnectors) this.update(connector);
  }

  /** Brings the meter up to now. */
  count(connector: Connector): void {
    const now = this.#station.clock.now();
    const milliseconds = Math.max(0, now - connector.countedAt);
    connector.countedAt = now;
    if (connector.powerW === 0 || milliseconds === 0) return;
    const flowed = connector.powerW * milliseconds;
    connector.meter.count(flowed);
    connector.vehicle?.store(flowed);
  }

  /** Resolves with true once this charge has taken so much energy, with false when it ended before. @throws notPossible */
  chargeUntil(connector: Connector, energyWh: number): Promise<boolean> {
    if (!connector.isClosed) throw notPossible({ reason: `Connector ${connector.id} does not charge.` });
    // Counted from the whole Wh that the meter showed, so that the difference of the two readings is exact.
    const fromWh = Math.floor(connector.closedAtMillijoules / MILLIJOULES_PER_WH);
    return new Promise((resolve) => {
      this.whenReached(connector, Math.ceil((fromWh + energyWh) * MILLIJOULES_PER_WH), resolve);
    });
  }

  /** Calls back when the true register has come so far, or when the power path is opened before. */
  whenReached(connector: Connector, atMillijoules: number, settle: (reached: boolean) => void): void {
    connector.milestones.push({ atMillijoules, settle });
    this.update(connector);
  }

  #allowedW(connector: Connector, now: Instant): number {
    const { profiles, maxPowerW, chargingConnectors } = this.#station;
    const limits = [maxPowerW];
    const own = profiles.connectorLimitW(connector.id, now, this.#station.profileContext(connector));
    if (own !== undefined) limits.push(own);
    const whole = profiles.stationLimitW(now);
    if (whole !== undefined) {
      limits.push(whole / Math.max(1, chargingConnectors.filter((other) => other.isClosed).length));
    }
    return Math.min(...limits);
  }

  #nextLookMs(connector: Connector): number {
    const { powerW, vehicle, meter } = connector;
    if (powerW === 0) return STANDSTILL_TICK_MS;
    const times = [TICK_MS];
    if (vehicle !== undefined) times.push(Math.ceil(vehicle.missingMillijoules / powerW));
    for (const { atMillijoules } of connector.milestones) {
      times.push(Math.ceil(Math.max(0, atMillijoules - meter.millijoules) / powerW));
    }
    return Math.max(1, Math.min(...times));
  }

  #reachMilestones(connector: Connector): void {
    const { meter } = connector;
    for (const milestone of [...connector.milestones]) {
      if (milestone.atMillijoules > meter.millijoules) continue;
      const index = connector.milestones.indexOf(milestone);
      if (index < 0) continue;
      connector.milestones.splice(index, 1);
      milestone.settle(true);
    }
  }
}
