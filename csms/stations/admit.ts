import type { Clock } from '@voltpile/kernel/clock';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import type { AdmissionDecision, Credentials } from '../contract/station-port.ts';
import type { DoorFacts } from '../persistence/admission-repository.ts';
import type { OpenedConnection } from '../persistence/station-facts-repository.ts';
import type { AdmissionBook } from './admission-book.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { type OnboardingSettings, registerUnknown } from './register-unknown.ts';
import { matchesStationKey } from './station-key.ts';
import type { StationWriter } from './station-writer.ts';

export interface AdmitDependencies {
  readonly book: AdmissionBook;
  readonly writer: StationWriter;
  readonly throttle: LoginThrottle;
  readonly knex: Knex;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: OnboardingSettings & { readonly heartbeatIntervalSeconds: number };
  /** The server's secret, under which keys are hashed. */
  readonly secret: Buffer;
  /** Told when the new connection took the place of one that was open at another node. */
  readonly onReplacedElsewhere: (opened: OpenedConnection) => void;
}

/**
 * A station is at the door. Somebody with a key must present it (or a verified certificate); somebody without one comes in only where
 * unauthenticated stations may. An admitted station gets a new epoch in one upsert: of two sockets at once the one committed last is the
 * newer.
 *
 * Registration comes from the database, not from a boot message: after a lost TCP connection stations do not boot again.
 */
export async function admit(dependencies: AdmitDependencies, credentials: Credentials): Promise<AdmissionDecision> {
  const { book, writer, throttle, clock, settings } = dependencies;
  const { identity, remoteAddress } = credentials;
  // Before anything is asked of the database. Who holds a certificate proves who it is without guessing.
  const early = credentials.certificateVerified ? undefined : throttled(throttle, credentials);
  if (early !== undefined) return early;

  let facts = await book.find(identity);
  if (facts === undefined) {
    // Nobody has set a protocol for a stranger.
    if (credentials.protocol === null) return { outcome: 'protocol-required' };
    const refusal = refuseUnknown(settings, credentials);
    if (refusal !== undefined) return refusal;
    if (!(await registerUnknown(dependencies, credentials))) return { outcome: 'unknown-station' };
    facts = await book.find(identity);
    // Removed again between the two.
    if (facts === undefined) return { outcome: 'unknown-station' };
  }

  const proof = prove(dependencies, credentials, facts);
  if (typeof proof !== 'string') return proof;
  const spoken = dialectOf(credentials, facts);
  if (spoken === undefined) return { outcome: 'protocol-required' };

  const opened = await writer.submit<'connect'>({
    kind: 'connect',
    station: facts.station,
    opening: {
      station: facts.station,
      nodeId: credentials.nodeId,
      protocol: spoken.protocol,
      capabilities: spoken.capabilities,
      remoteAddress,
      securityProfile: profileOf(proof, credentials),
      connectedAt: clock.now(),
      usedNextKey: proof === 'next-key',
    },
  });
  const { replaced } = opened;
  if (replaced !== null && replaced.nodeId !== credentials.nodeId) dependencies.onReplacedElsewhere(opened);
  return {
    outcome: 'admitted',
    station: facts.station,
    epoch: opened.epoch,
    organizationId: facts.organizationId,
    siteId: facts.siteId,
    registrationStatus: facts.registrationStatus,
    heartbeatIntervalSeconds: facts.heartbeatIntervalSeconds ?? settings.heartbeatIntervalSeconds,
    timeZone: facts.timeZone,
    iccid: facts.iccid,
    lenient: facts.lenient,
    ...(credentials.protocol === null ? { protocol: spoken.protocol } : {}),
  };
}

/** What the station has named, or what is set for one that names nothing (some firmware does not: OCPP-J asks for a subprotocol). */
function dialectOf(
  { protocol, capabilities, spoken = [] }: Credentials,
  { defaultProtocol }: DoorFacts,
): { readonly protocol: string; readonly capabilities: readonly string[] } | undefined {
  if (protocol !== null) return { protocol, capabilities };
  return spoken.find((dialect) => dialect.protocol === defaultProtocol);
}

/** OCPP security profile of a connection (OCPP 2.0.1 Part 2 A.1; 1.6 security whitepaper). */
function profileOf(proof: Proof, { encrypted = false }: Credentials): 0 | 1 | 2 | 3 {
  if (proof === 'certificate') return 3;
  if (proof === 'none-needed') return 0;
  return encrypted ? 2 : 1;
}

/** Why a stranger may not even be written down; undefined when it may. */
function refuseUnknown(settings: OnboardingSettings, credentials: Credentials): AdmissionDecision | undefined {
  if (settings.onboarding === 'reject') return { outcome: 'unknown-station' };
  if (!credentials.unauthenticatedAllowed && !credentials.certificateVerified) {
    return { outcome: 'credentials-required' };
  }
  return undefined;
}

type Proof = 'certificate' | 'key' | 'next-key' | 'none-needed';

/**
 * Whether the station is who it says. Runs without a pause from the look at the throttle to the count of a wrong password, so that attempts
 * made at the same moment are counted one by one.
 */
function prove(
  { throttle, secret }: AdmitDependencies,
  credentials: Credentials,
  facts: DoorFacts,
): Proof | AdmissionDecision {
  if (credentials.certificateVerified) return 'certificate';
  const { identity, remoteAddress, passwordBase64, unauthenticatedAllowed } = credentials;
  const { keyHash, nextKeyHash } = facts;
  const keyless = keyHash === null && unauthenticatedAllowed;
  if (passwordBase64 === null || (keyHash === null && nextKeyHash === null)) {
    return keyless ? 'none-needed' : { outcome: 'credentials-required' };
  }
  const wait = throttled(throttle, credentials);
  if (wait !== undefined) return wait;
  const presented = Buffer.from(passwordBase64, 'base64');
  const isKey = keyHash !== null && matchesStationKey(secret, presented, keyHash);
  const isNextKey = nextKeyHash !== null && matchesStationKey(secret, presented, nextKeyHash);
  if (!isKey && !isNextKey) {
    if (keyless) return 'none-needed';
    throttle.failed(identity, remoteAddress);
    return { outcome: 'wrong-credentials' };
  }
  throttle.succeeded(identity, remoteAddress);
  return isKey ? 'key' : 'next-key';
}

function throttled(throttle: LoginThrottle, { identity, remoteAddress }: Credentials): AdmissionDecision | undefined {
  const waitMs = throttle.waitMs(identity, remoteAddress);
  return waitMs === 0 ? undefined : { outcome: 'throttled', retryAfterSeconds: Math.ceil(waitMs / 1000) };
}
