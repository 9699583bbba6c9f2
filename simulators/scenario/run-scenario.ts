import { setMaxListeners } from 'node:events';
import type { Random } from '../random.ts';
import { invalidOption } from '../station/errors.ts';
import type { StationEvent } from '../station/events.ts';
import type { SimulatedStation } from '../station/simulated-station.ts';
import type { Amount, Scenario, Step } from './scenario.ts';

export interface ScenarioOptions {
  /** Cards to draw from. */
  readonly idTags: readonly string[];
  /** Ends the scenario: {@link runScenario} then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Endless repetitions are done once. */
  readonly once?: boolean | undefined;
  /** How a station is powered on; a fleet lets only so many connect at a time. */
  readonly boot?: ((station: SimulatedStation) => Promise<void>) | undefined;
}

interface Context {
  readonly station: SimulatedStation;
  readonly random: Random;
  readonly options: ScenarioOptions;
  readonly signal: AbortSignal;
  readonly connectorId: number;
  idTag: string;
}

/** A charge step that names no end stops here, simulated seconds. */
const LONGEST_CHARGE_SECONDS = 86_400;

/**
 * Plays a scenario on a station, which should be new.
 *
 * @throws the signal's reason when aborted, and what a step throws that cannot be done (unplugging nothing)
 */
export async function runScenario(
  station: SimulatedStation,
  scenario: Scenario,
  options: ScenarioOptions,
): Promise<void> {
  if (options.idTags.length === 0) throw invalidOption({ option: 'idTags', reason: 'at least one card is needed' });
  const { random } = station;
  const ended = new AbortController();
  const signal = options.signal === undefined ? ended.signal : AbortSignal.any([options.signal, ended.signal]);
  // Every waiting step of every connector listens.
  setMaxListeners(0, signal);
  const context = { station, random, options, signal, connectorId: 1, idTag: random.pick(options.idTags) };
  try {
    await runSteps(scenario.steps, context);
  } finally {
    // When one connector fails, the others do not go on behind the caller's back.
    ended.abort(new Error('The scenario has ended'));
  }
}

async function runSteps(steps: readonly Step[], context: Context): Promise<void> {
  for (const step of steps) {
    context.signal.throwIfAborted();
    const { protocol } = context.station;
    if ((step.only ?? protocol) !== protocol || step.unless === protocol) continue;
    await runStep(step, context);
  }
}

async function runStep(step: Step, context: Context): Promise<void> {
  const { station, random, signal } = context;
  const connectorId = 'connector' in step && step.connector !== undefined ? step.connector : context.connectorId;
  const sleep = (seconds: number) => station.time.sleep(seconds * 1000, signal);
  switch (step.do) {
    case 'boot':
      return unlessAborted((context.options.boot ?? ((one) => one.start()))(station), signal);
    case 'wait':
      return sleep(draw(step.seconds, random));
    case 'plug-in':
      station.plugIn(connectorId, step.vehicle);
      return;
    case 'unplug':
      // A car whose connector was taken out of service or rebooted meanwhile may be gone already.
      if (station.connector(connectorId).vehicle !== undefined) station.unplug(connectorId);
      return;
    case 'card':
      if (step.when !== undefined) {
        if (station.isCharging(connectorId) !== (step.when === 'charging')) return;
      }
      await unlessAborted(station.presentCard(connectorId, step.idTag ?? context.idTag), signal);
      return;
    case 'vin':
      await unlessAborted(station.presentVehicle(connectorId), signal);
      return;
    case 'next-card':
      context.idTag = random.pick(context.options.idTags);
      return;
    case 'charge':
      return charge(step, connectorId, context);
    case 'go-offline':
      station.goOffline();
      return;
    case 'go-online':
      return unlessAborted(station.goOnline(), signal);
    case 'drop-connection':
      station.dropConnection();
      return;
    case 'power-off':
      station.powerOff(step.silent === undefined ? {} : { silent: step.silent });
      return;
    case 'power-on':
      return unlessAborted(station.powerOn(), signal);
    case 'reboot':
      return unlessAborted(station.reboot(step.type), signal);
    case 'fault':
      station.fault(connectorId, step.errorCode, step.info);
      return;
    case 'clear-fault':
      station.clearFault(connectorId);
      return;
    case 'meter-fault':
      station.setMeterFault(connectorId, step.fault ?? undefined);
      return;
    case 'clock-fault':
      station.faults.clock = step.fault ?? undefined;
      return;
    case 'spoil-call':
      station.faults.spoilCall(station.ownCallRule(step.rule));
      return;
    case 'spoil-answer':
      station.faults.spoilAnswer({ ...step.rule, action: station.ownAction(step.rule.action) });
      return;
    case 'configure':
      if (!station.configure(step.key, step.value)) {
        throw invalidOption({ option: 'configure', reason: `${step.key} does not take this value` });
      }
      return;
    case 'command':
      station.obey(step.action, fill(step.payload, connectorId, context) as object, step.only ?? 'ocpp1.6');
      return;
    case 'data-transfer': {
      const { do: _do, only: _only, unless: _unless, ...request } = step;
      // What came of it has been told as an event; a station goes on without it.
      await unlessAborted(
        station.transferData(request).catch(() => undefined),
        signal,
      );
      return;
    }
    case 'security-event':
      station.securityEvent(step.type, step.techInfo);
      return;
    case 'await-command': {
      const action = step.only === undefined ? station.ownAction(step.action) : step.action;
      await awaitEvent(
        station,
        step.withinSeconds,
        signal,
        (event) => event.type === 'command' && event.action === action,
      );
      return;
    }
    case 'await-charge': {
      const charges = () => station.isCharging(connectorId);
      if (!charges()) await awaitEvent(station, step.withinSeconds, signal, charges);
      return;
    }
    case 'flush':
      if (station.queue.length > 0) {
        await awaitEvent(station, step.withinSeconds, signal, (event) => event.type === 'flushed');
      }
      return;
    case 'repeat': {
      const times = step.times ?? (context.options.once === true ? 1 : Number.POSITIVE_INFINITY);
      for (let turn = 0; turn < times; turn += 1) await runSteps(step.steps, context);
      return;
    }
    case 'each-connector':
      await Promise.all(
        station.chargingConnectors.map(({ id }) =>
          runSteps(step.steps, { ...context, connectorId: id, idTag: random.pick(context.options.idTags) }),
        ),
      );
      return;
  }
}

async function charge(step: Step & { do: 'charge' }, connectorId: number, context: Context): Promise<void> {
  const { station, random, signal } = context;
  const connector = station.connector(connectorId);
  // A refused card charges nothing; the scenario goes on.
  if (!station.isCharging(connectorId)) return;
  const { energyWh, seconds } = step;
  const enough = new AbortController();
  const waits: Promise<unknown>[] = [
    station.time.sleep(
      (seconds === undefined ? LONGEST_CHARGE_SECONDS : draw(seconds, random)) * 1000,
      AbortSignal.any([signal, enough.signal]),
    ),
    awaitEvent(
      station,
      Number.POSITIVE_INFINITY,
      AbortSignal.any([signal, enough.signal]),
      (event) =>
        (event.type === 'transaction-stopped' && event.connectorId === connectorId) ||
        (event.type === 'status-changed' &&
          event.connectorId === connectorId &&
          event.status === 'SuspendedEV' &&
          connector.vehicle?.isFull === true),
    ),
  ];
  if (energyWh !== undefined) waits.push(station.chargeUntil(connectorId, draw(energyWh, random)));
  try {
    await Promise.race(waits);
  } finally {
    enough.abort();
    await Promise.allSettled(waits.slice(0, 2));
  }
  signal.throwIfAborted();
}

/** Waits for an event of the station, at most so many simulated seconds. */
async function awaitEvent(
  station: SimulatedStation,
  withinSeconds: number,
  signal: AbortSignal,
  matches: (event: StationEvent) => boolean,
): Promise<void> {
  const found = new AbortController();
  const listen = (event: StationEvent) => {
    if (matches(event)) found.abort();
  };
  station.on('event', listen);
  try {
    const milliseconds = Math.min(withinSeconds * 1000, Number.MAX_SAFE_INTEGER / 4);
    await station.time.sleep(milliseconds, AbortSignal.any([signal, found.signal]));
  } catch (error) {
    if (!found.signal.aborted) throw error;
  } finally {
    station.off('event', listen);
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function draw(amount: Amount, random: Random): number {
  return typeof amount === 'number' ? amount : Math.round(random.between(amount.min, amount.max));
}

/** Puts the present card, connector and times into a command's payload. */
function fill(value: unknown, connectorId: number, context: Context): unknown {
  if (value === '$idTag') return context.idTag;
  if (value === '$connector') return connectorId;
  if (Array.isArray(value)) return value.map((member) => fill(member, connectorId, context));
  if (typeof value !== 'object' || value === null) return value;
  if ('$in' in value) {
    return new Date(context.station.time.now() + Number(value.$in) * 1000).toISOString();
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member, connectorId, context)]));
}
