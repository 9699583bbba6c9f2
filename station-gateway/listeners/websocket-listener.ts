import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { AdmissionDecision, Credentials } from '@voltpile/csms/contract/station-port';
import { toVoltpileError } from '@voltpile/kernel/errors';
import type { OcppVersion } from '@voltpile/ocpp/rpc/types';
import { WebSocketServer } from 'ws';
import type { GatewayContext } from '../connections/gateway-context.ts';
import { StationSession } from '../connections/station-session.ts';
import { TokenBucket } from '../connections/token-bucket.ts';
import type { OcppDialect } from '../protocols/dialect.ts';
import { type GatewaySettings, limitsOf } from '../settings.ts';
import { BAD_CREDENTIALS, type Rejection, rejectionOf, retryAfter, subprotocolText } from './admission.ts';
import { readBasicCredentials } from './basic-credentials.ts';
import { certificateNames } from './client-certificate.ts';
import { compressionOf, isAnswerable, releaseAfterUse } from './compression.ts';
import { HalfOpenSockets } from './half-open.ts';
import { refuseUpgrade } from './http-refusal.ts';
import { localUrl, openStationPort } from './open-port.ts';
import { isLoopbackHost, TrustedProxies } from './remote-address.ts';
import { readRequestTarget } from './request-target.ts';
import { StationSocket } from './station-socket.ts';
import { chooseSubprotocol } from './subprotocol.ts';
import { readTlsOptions } from './tls-files.ts';

export interface ListenerUrls {
  readonly ocpp: string;
  readonly ocpps?: string;
}

type Admitted = Extract<AdmissionDecision, { outcome: 'admitted' }>;

const WEBSOCKET_KEY = /^[+/0-9A-Za-z]{22}==$/;
/** How long the station may take to answer our close frame. */
const CLOSE_TIMEOUT_MS = 5000;
/** A message in more pieces than this is an attack on the receiver. */
const MAX_FRAGMENTS = 1024;
const UNAVAILABLE_RETRY_SECONDS = 5;

/**
 * The door: HTTP and HTTPS servers that turn upgrade requests into sessions. A station is admitted before the 101 answer, so one
 * that may not come in reads why as an HTTP status.
 */
export class WebSocketListener {
  readonly #gateway: GatewayContext;
  readonly #dialects: readonly OcppDialect[];
  readonly #nodeId: string;
  readonly #proxies: TrustedProxies;
  readonly #unauthenticatedAllowed: boolean;
  readonly #upgrades: TokenBucket;
  readonly #halfOpen: HalfOpenSockets;
  readonly #webSockets: ReadonlyMap<OcppVersion, WebSocketServer>;
  readonly #servers: Server[] = [];
  #admitting = 0;
  #admitted: PromiseWithResolvers<void> | undefined;
  #stopping = false;

  constructor(gateway: GatewayContext, dialects: readonly OcppDialect[], nodeId: string) {
    this.#gateway = gateway;
    this.#dialects = dialects;
    this.#nodeId = nodeId;
    const { settings } = gateway;
    this.#proxies = new TrustedProxies(settings.trustedProxies);
    this.#unauthenticatedAllowed =
      settings.allowUnauthenticated || (isLoopbackHost(settings.host) && settings.trustedProxies.length === 0);
    this.#upgrades = new TokenBucket(settings.upgradesPerSecond, settings.upgradesPerSecond * 2, performance.now());
    this.#halfOpen = new HalfOpenSockets({
      total: settings.maxHalfOpen,
      perAddress: settings.maxHalfOpenPerAddress,
      timeoutMs: settings.handshakeTimeoutSeconds * 1000,
      exempt: (address) => this.#proxies.includes(address),
      onDropped: (why) => gateway.metrics.halfOpenDropped(why),
    });
    this.#webSockets = new Map(dialects.map(({ version }) => [version, webSocketsOf(version, settings)]));
  }

  /** Takes what of the settings is kept here; the rest is read where it is used. */
  settingsChanged(): void {
    const { upgradesPerSecond } = this.#gateway.settings;
    this.#upgrades.setRate(upgradesPerSecond, upgradesPerSecond * 2);
  }

  get halfOpen(): number {
    return this.#halfOpen.size;
  }

  /** Opens the ports. Throws `gateway.cannot_listen` or `gateway.tls_file_unreadable`, with nothing left open. */
  async listen(): Promise<ListenerUrls> {
    const { host, port, tls } = this.#gateway.settings;
    this.#halfOpen.start();
    try {
      const ocpp = ocppUrl('ws', host, await this.#open(createServer(this.#httpOptions()), port));
      if (tls === null) return { ocpp };
      const server = createTlsServer({ ...this.#httpOptions(), ...(await this.#tlsOptions()) });
      return { ocpp, ocpps: ocppUrl('wss', host, await this.#open(server, tls.port)) };
    } catch (error) {
      await this.stopAccepting(0);
      throw error;
    }
  }

  /** Closes the ports and everything that has not logged in; logins under way are refused, and awaited for a while. */
  async stopAccepting(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    for (const server of this.#servers) server.close();
    this.#halfOpen.stop();
    if (this.#admitting === 0) return;
    this.#admitted ??= Promise.withResolvers();
    const timer = setTimeout(() => this.#admitted?.resolve(), deadlineMs);
    await this.#admitted.promise;
    clearTimeout(timer);
  }

  #httpOptions(): ServerOptions {
    const timeout = this.#gateway.settings.handshakeTimeoutSeconds * 1000;
    return {
      maxHeaderSize: this.#gateway.settings.maxHeaderBytes,
      headersTimeout: timeout,
      requestTimeout: timeout,
      connectionsCheckingInterval: Math.max(100, timeout / 4),
    };
  }

  async #tlsOptions(): Promise<ServerOptions & { handshakeTimeout: number }> {
    const { tls, handshakeTimeoutSeconds } = this.#gateway.settings;
    if (tls === null) throw new Error('no TLS settings');
    return { ...(await readTlsOptions(tls)), handshakeTimeout: handshakeTimeoutSeconds * 1000 };
  }

  async #open(server: Server, port: number): Promise<number> {
    const { host } = this.#gateway.settings;
    server.on('connection', (socket: Socket) => this.#halfOpen.add(socket));
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#plain(request, response));
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#upgrade(request, socket as Socket, head).catch((err: unknown) => {
        this.#gateway.strangers.write('error', { err }, 'an upgrade failed');
        socket.destroy();
      });
    });
    server.on('clientError', (error: Error & { code?: string }, socket: Duplex) => this.#clientError(error, socket));
    const opened = await openStationPort(server, host, port, (err) => {
      this.#gateway.logger.error({ err }, 'the listener reports an error');
    });
    this.#servers.push(server);
    return opened;
  }

  /** A request without an upgrade: say what this is. */
  #plain(request: IncomingMessage, response: ServerResponse): void {
    const target = readRequestTarget(request.url);
    const [status, text] = target.ok
      ? [426, 'This is an OCPP endpoint: connect with a WebSocket.']
      : [target.status, target.text];
    this.#gateway.metrics.rejected(status === 426 ? 'not-websocket' : status === 404 ? 'not-found' : 'bad-request');
    const headers: Record<string, string> = { Connection: 'close', 'Content-Type': 'text/plain; charset=utf-8' };
    if (status === 426) headers.Upgrade = 'websocket';
    response.writeHead(status, headers);
    response.end(`${text}\n`);
  }

  /** What is not HTTP, too large or too slow. */
  #clientError(error: Error & { code?: string }, socket: Duplex): void {
    this.#gateway.metrics.rejected('bad-request');
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
    if (error.code?.startsWith('HPE_') || status !== 400) refuseUpgrade(socket, { status, text: 'Bad request.' });
    else socket.destroy();
  }

  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    // Nobody listens to this socket while the station is being admitted; an unheard error would end the process.
    socket.on('error', ignore);
    this.#halfOpen.deciding(socket);
    const checked = this.#check(request, socket);
    if ('status' in checked) {
      this.#reject(request, socket, checked);
      return;
    }
    const { identity, dialect, passwordBase64 } = checked;
    const { port, strangers } = this.#gateway;
    let decision: AdmissionDecision;
    this.#admitting += 1;
    try {
      decision = await port.admit({
        identity,
        passwordBase64,
        certificateVerified: certificateNames(socket, identity),
        unauthenticatedAllowed: this.#unauthenticatedAllowed,
        remoteAddress: this.#stationAddress(request),
        encrypted: socket instanceof TLSSocket || this.#proxies.isEncrypted(socket.remoteAddress, request.headers),
        ...this.#dialectFacts(dialect),
        nodeId: this.#nodeId,
      });
    } catch (error) {
      const problem = toVoltpileError(error);
      if (!problem.retryable)
        strangers.write('error', { identity, code: problem.code, err: error }, 'admission failed');
      this.#reject(request, socket, {
        status: problem.retryable ? 503 : 500,
        reason: problem.retryable ? 'unavailable' : 'failed',
        text: problem.retryable
          ? 'Not available for the moment; try again later.'
          : 'Something went wrong on our side.',
        headers: retryAfter(UNAVAILABLE_RETRY_SECONDS),
      });
      return;
    } finally {
      this.#admitting -= 1;
      if (this.#admitting === 0) this.#admitted?.resolve();
    }
    if (decision.outcome !== 'admitted') {
      this.#reject(request, socket, rejectionOf(decision, this.#spoken));
      return;
    }
    const { station, epoch, protocol } = decision;
    const chosen = dialect ?? this.#dialects.find(({ version }) => version === protocol);
    if (chosen === undefined) {
      this.#gateway.reporter.report(station, epoch, 'its protocol is not spoken here');
      this.#reject(request, socket, rejectionOf({ outcome: 'protocol-required' }, this.#spoken));
      return;
    }
    this.#open101(request, socket, head, chosen, identity, decision);
  }

  get #spoken(): string[] {
    return this.#dialects.map(({ version }) => version);
  }

  /** For the domain: the dialect that is spoken, or, when the station has named none, those that could be. */
  #dialectFacts(dialect: OcppDialect | null): Pick<Credentials, 'protocol' | 'capabilities' | 'spoken'> {
    if (dialect !== null) return { protocol: dialect.version, capabilities: dialect.capabilities };
    const spoken = this.#dialects.map(({ version, capabilities }) => ({ protocol: version, capabilities }));
    return { protocol: null, capabilities: [], spoken };
  }

  /** Everything that can be said without asking the domain, cheapest first. */
  #check(
    request: IncomingMessage,
    socket: Socket,
  ): Rejection | { identity: string; dialect: OcppDialect | null; passwordBase64: string | null } {
    const { settings, registry } = this.#gateway;
    const { headers, method, url } = request;
    if (this.#stopping) return full('stopping', 'The gateway is stopping.');
    if (!this.#upgrades.tryTake(performance.now())) return full('rate', 'Too many stations connect at once.');
    const target = readRequestTarget(url);
    if (!target.ok) {
      return { status: target.status, reason: target.status === 404 ? 'not-found' : 'bad-request', text: target.text };
    }
    if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') {
      const text = 'Only WebSocket is spoken here.';
      return { status: 426, reason: 'not-websocket', text, headers: { Upgrade: 'websocket' } };
    }
    const version = headers['sec-websocket-version'];
    if (!WEBSOCKET_KEY.test(headers['sec-websocket-key'] ?? '') || (version !== '13' && version !== '8')) {
      const text = 'The WebSocket handshake is malformed.';
      return { status: 400, reason: 'bad-request', text, headers: { 'Sec-WebSocket-Version': '13' } };
    }
    const offer = offerOf(request);
    const chosen = chooseSubprotocol(
      this.#dialects.map(({ version }) => version),
      offer,
    );
    const dialect = this.#dialects.find((one) => one.version === chosen) ?? null;
    // A station that names none may still be known to speak one; one that names others speaks those.
    if (dialect === null && offer !== undefined) {
      return { status: 400, reason: 'subprotocol', text: subprotocolText(this.#spoken) };
    }
    const credentials = readBasicCredentials(headers.authorization, target.identity);
    if (credentials.kind === 'bad') return BAD_CREDENTIALS;
    if (registry.all.size + this.#admitting >= settings.maxConnections || this.#admitting >= settings.maxHalfOpen) {
      return full('full', 'No more stations can be taken at the moment.');
    }
    if (socket.destroyed) return { status: 400, reason: 'client-gone', text: 'gone' };
    const passwordBase64 = credentials.kind === 'password' ? credentials.passwordBase64 : null;
    return { identity: target.identity, dialect, passwordBase64 };
  }

  /** The station is admitted: answer 101, or, when it has vanished meanwhile, tell the domain that it is gone. */
  #open101(
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    dialect: OcppDialect,
    identity: string,
    admitted: Admitted,
  ): void {
    const { reporter } = this.#gateway;
    const { station, epoch } = admitted;
    if (this.#stopping) {
      reporter.report(station, epoch, 'the gateway is stopping');
      this.#reject(request, socket, full('stopping', 'The gateway is stopping.'));
      return;
    }
    // The choice is ours already; a malformed list beside it must not make the handshake fail now. Who has named none gets none back.
    if (offerOf(request) === undefined) delete request.headers['sec-websocket-protocol'];
    else request.headers['sec-websocket-protocol'] = dialect.version;
    const compression = compressionOf(dialect.version, this.#gateway.settings.compression);
    const extensions = request.headers['sec-websocket-extensions'];
    if (compression !== false && extensions !== undefined && !isAnswerable(extensions, compression)) {
      delete request.headers['sec-websocket-extensions'];
    }
    let opened = false;
    if (!socket.destroyed) {
      this.#webSockets.get(dialect.version)?.handleUpgrade(request, socket, head, (webSocket) => {
        opened = true;
        this.#halfOpen.loggedIn(socket);
        socket.off('error', ignore);
        releaseAfterUse(webSocket);
        const facts = { ...admitted, identity };
        new StationSession(this.#gateway, webSocket as StationSocket, socket, dialect, facts).open();
      });
    }
    if (opened) return;
    reporter.report(station, epoch, 'gone before the connection was open');
    this.#gateway.metrics.rejected('client-gone');
    socket.destroy();
  }

  #reject(request: IncomingMessage, socket: Socket, rejection: Rejection): void {
    this.#gateway.metrics.rejected(rejection.reason);
    const facts = {
      reason: rejection.reason,
      status: rejection.status,
      path: request.url?.split('?', 1)[0]?.slice(0, 200),
      offered: request.headers['sec-websocket-protocol']?.slice(0, 100),
      remoteAddress: this.#stationAddress(request),
    };
    this.#gateway.strangers.write('warn', facts, 'a connection was refused');
    refuseUpgrade(socket, rejection);
  }

  #stationAddress(request: IncomingMessage): string {
    return this.#proxies.stationAddress(request.socket.remoteAddress, request.headers['x-forwarded-for']);
  }
}

/** The subprotocols that the station names; undefined when it names none. */
function offerOf({ headers }: IncomingMessage): string | undefined {
  const offer = headers['sec-websocket-protocol'];
  return offer === undefined || offer.trim() === '' ? undefined : offer;
}

/** What turns admitted requests into sockets of one version. */
function webSocketsOf(version: OcppVersion, settings: GatewaySettings): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    WebSocket: StationSocket,
    clientTracking: false,
    perMessageDeflate: compressionOf(version, settings.compression),
    // Pongs are sent by the session, which watches what they cost.
    autoPong: false,
    maxPayload: limitsOf(settings, version).maxFrameBytes,
    maxFragments: MAX_FRAGMENTS,
    closeTimeout: CLOSE_TIMEOUT_MS,
  } as ConstructorParameters<typeof WebSocketServer<typeof StationSocket>>[0]);
}

function full(reason: 'stopping' | 'rate' | 'full', text: string): Rejection {
  return { status: 503, reason, text, headers: retryAfter(UNAVAILABLE_RETRY_SECONDS) };
}

function ignore(): void {}

function ocppUrl(scheme: 'ws' | 'wss', host: string, port: number): string {
  return `${localUrl(scheme, host, port)}/ocpp`;
}
