import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readDer } from '../station/der.ts';
import { makeCertificate } from '../testing/certificate.ts';
import { Stage } from '../testing/stage.ts';

const ID = 'CP-1';

const statuses = (stage: Stage, action: string) => stage.central.of(action).map(({ status }) => status);
const firmware = (requestId: number, more: object = {}) => ({
  requestId,
  firmware: { location: 'https://files.example/fw-2.4.1.bin', retrieveDateTime: '2025-03-10T08:05:00Z', ...more },
});

/** A place for files: keeps what is put there, and has firmware of a few bytes. */
class FileServer implements AsyncDisposable {
  readonly received: { readonly path: string; readonly authorization: string | undefined; readonly body: string }[] =
    [];
  readonly downloads: string[] = [];
  /** The next requests are refused. */
  failures = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const body = await textOf(request);
      const path = request.url ?? '';
      const fails = this.failures > 0;
      if (fails) this.failures -= 1;
      else if (request.method === 'PUT')
        this.received.push({ path, authorization: request.headers.authorization, body });
      else this.downloads.push(path);
      response.writeHead(fails ? 503 : 200).end(request.method === 'GET' && !fails ? 'firmware' : '');
    });
  }

  static async open(): Promise<FileServer> {
    const files = new FileServer();
    files.#server.listen(0, '127.0.0.1');
    await once(files.#server, 'listening');
    return files;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

describe('simulated station 2.0.1: firmware', () => {
  it('goes through the statuses of a signed update, and boots with the new version', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging201();
    const signed = {
      installDateTime: '2025-03-10T09:00:00Z',
      signingCertificate: makeCertificate({ commonName: 'Manufacturer' }),
      signature: 'c2ln',
    };
    const answer = await stage.central.ask(ID, 'UpdateFirmware', firmware(7, signed));
    assert.equal(answer.status, 'Accepted');
    await stage.time.advance(2 * 3_600_000);
    assert.equal(statuses(stage, 'FirmwareStatusNotification').at(-1), 'InstallScheduled', 'a car charges');
    station.unplug(1);
    await stage.time.advance(600_000);
    assert.deepEqual(statuses(stage, 'FirmwareStatusNotification'), [
      'DownloadScheduled',
      'Downloading',
      'Downloaded',
      'SignatureVerified',
      'InstallScheduled',
      'Installing',
      'InstallRebooting',
      'Installed',
    ]);
    assert.ok(stage.central.of('FirmwareStatusNotification').every(({ requestId }) => requestId === 7));
    const boot = stage.central.of('BootNotification')[1];
    assert.equal(boot?.reason, 'FirmwareUpdate');
    const { firmwareVersion } = (boot?.chargingStation ?? {}) as Record<string, unknown>;
    assert.equal(firmwareVersion, '2.4.1');
    assert.equal(stage.central.of('SecurityEventNotification')[0]?.type, 'FirmwareUpdated');
    assert.deepEqual(stage.central.violations, []);
  });

  it('installs unsigned firmware without verifying, and cancels for a newer update', async () => {
    await using stage = await Stage.open();
    await stage.started201();
    await stage.central.ask(ID, 'UpdateFirmware', firmware(1));
    assert.equal((await stage.central.ask(ID, 'UpdateFirmware', firmware(2))).status, 'AcceptedCanceled');
    await stage.time.advance(3_600_000);
    const told = stage.central.of('FirmwareStatusNotification').filter(({ requestId }) => requestId === 2);
    assert.equal(told.map(({ status }) => status).includes('SignatureVerified'), false);
    assert.equal(told.at(-1)?.status, 'Installed');
    const unreadable = await stage.central.ask(
      ID,
      'UpdateFirmware',
      firmware(3, { signingCertificate: 'x', signature: 'x' }),
    );
    assert.equal(unreadable.status, 'InvalidCertificate');
  });

  it('publishes firmware for others, and takes it back', async () => {
    await using stage = await Stage.open();
    await stage.started201();
    const publish = { location: 'https://files.example/fw.bin', checksum: 'abc', requestId: 4 };
    assert.equal((await stage.central.ask(ID, 'PublishFirmware', publish)).status, 'Accepted');
    await stage.time.advance(10_000);
    const unpublish = async () => (await stage.central.ask(ID, 'UnpublishFirmware', { checksum: 'abc' })).status;
    assert.equal(await unpublish(), 'DownloadOngoing');
    await stage.time.advance(120_000);
    assert.deepEqual(statuses(stage, 'PublishFirmwareStatusNotification'), [
      'Downloading',
      'Downloaded',
      'ChecksumVerified',
      'Published',
    ]);
    const published = stage.central.of('PublishFirmwareStatusNotification').at(-1);
    assert.deepEqual(published?.location, ['http://CP-1.local/firmware/abc']);
    assert.equal(await unpublish(), 'Unpublished');
    assert.equal(await unpublish(), 'NoFirmware');
  });
});

describe('simulated station 2.0.1: logs', () => {
  const getLog = (requestId: number, remoteLocation: string, more: object = {}) => ({
    logType: 'DiagnosticsLog',
    requestId,
    log: { remoteLocation },
    ...more,
  });

  it('uploads by request, the newer one in place of the older', async () => {
    await using stage = await Stage.open();
    await stage.started201();
    const first = await stage.central.ask(ID, 'GetLog', getLog(1, 'https://files.example/'));
    assert.deepEqual(first, { status: 'Accepted', filename: 'diagnostics-CP-1-20250310080000.log' });
    await stage.time.advance(5_000);
    assert.equal(
      (await stage.central.ask(ID, 'GetLog', getLog(2, 'https://files.example/'))).status,
      'AcceptedCanceled',
    );
    await stage.time.advance(60_000);
    assert.deepEqual(
      stage.central.of('LogStatusNotification').map(({ requestId, status }) => [requestId, status]),
      [
        [1, 'Uploading'],
        [1, 'AcceptedCanceled'],
        [2, 'Uploading'],
        [2, 'Uploaded'],
      ],
    );
  });

  it('really uploads and downloads when told to, with credentials, and tries again after a failure', async () => {
    await using stage = await Stage.open();
    await using files = await FileServer.open();
    await stage.started201({ realTransfers: true });
    files.failures = 1;
    const { filename } = await stage.central.ask(
      ID,
      'GetLog',
      getLog(1, `http://user:p%40ss@${files.host}/logs/`, { retries: 1, retryInterval: 5 }),
    );
    await stage.time.advance(120_000);
    assert.deepEqual(statuses(stage, 'LogStatusNotification'), ['Uploading', 'UploadFailure', 'Uploading', 'Uploaded']);
    const [upload] = files.received;
    assert.equal(upload?.path, `/logs/${filename}`);
    assert.equal(upload?.authorization, `Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    assert.match(upload?.body ?? '', /connector 1 Available, 1000000 Wh/);
    await stage.central.ask(ID, 'UpdateFirmware', firmware(2, { location: `http://${files.host}/fw-3.0.0.bin` }));
    await stage.time.advance(1_200_000);
    assert.deepEqual(files.downloads, ['/fw-3.0.0.bin']);
    assert.equal(statuses(stage, 'FirmwareStatusNotification').at(-1), 'Installed');
    await stage.central.ask(ID, 'UpdateFirmware', firmware(3, { location: 'http://127.0.0.1:1/none.bin' }));
    await stage.time.advance(1_200_000);
    assert.equal(statuses(stage, 'FirmwareStatusNotification').at(-1), 'DownloadFailed');
  });
});

describe('simulated station 2.0.1: certificates', () => {
  it('installs, lists and deletes them', async () => {
    await using stage = await Stage.open();
    await stage.started201();
    const certificate = makeCertificate({ commonName: 'Root', serial: 77 });
    const install = async (pem: string) =>
      (await stage.central.ask(ID, 'InstallCertificate', { certificateType: 'CSMSRootCertificate', certificate: pem }))
        .status;
    assert.equal((await stage.central.ask(ID, 'GetInstalledCertificateIds', {})).status, 'NotFound');
    assert.equal(await install('nonsense'), 'Rejected');
    assert.equal(await install(certificate), 'Accepted');
    const listed = await stage.central.ask(ID, 'GetInstalledCertificateIds', {
      certificateType: ['CSMSRootCertificate'],
    });
    const [chain] = listed.certificateHashDataChain as { certificateType: string; certificateHashData: object }[];
    assert.equal(chain?.certificateType, 'CSMSRootCertificate');
    const others = { certificateType: ['V2GRootCertificate'] };
    assert.equal((await stage.central.ask(ID, 'GetInstalledCertificateIds', others)).status, 'NotFound');
    const request = { certificateHashData: chain?.certificateHashData };
    assert.equal((await stage.central.ask(ID, 'DeleteCertificate', request)).status, 'Accepted');
    assert.equal((await stage.central.ask(ID, 'DeleteCertificate', request)).status, 'NotFound');
  });

  it('asks for one of its own, and takes only the one that fits', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201();
    const asked = stage.central.next('SignCertificate');
    await stage.central.ask(ID, 'TriggerMessage', { requestedMessage: 'SignChargingStationCertificate' });
    const { csr, certificateType } = (await asked).payload;
    assert.equal(certificateType, 'ChargingStationCertificate');
    const bytes = Buffer.from(String(csr).replace(/-----.*?-----|\s/g, ''), 'base64');
    const [info] = readDer(readDer(bytes)[0]?.content ?? Buffer.alloc(0));
    const [, , keyInfo] = readDer(info?.content ?? Buffer.alloc(0));
    const publicKey = createPublicKey({ key: keyInfo?.whole as Buffer, format: 'der', type: 'spki' });
    const give = async (certificateChain: string) =>
      (await stage.central.ask(ID, 'CertificateSigned', { certificateChain, certificateType })).status;
    assert.equal(await give(makeCertificate({ commonName: ID })), 'Rejected', 'another key');
    const chain = makeCertificate({ commonName: ID, publicKey });
    assert.equal(await give(chain), 'Accepted');
    assert.equal(station.certificates.own?.chain, chain);
    await stage.time.settle();
    assert.deepEqual(
      stage.central.of('SecurityEventNotification').map(({ type }) => type),
      ['InvalidChargingStationCertificate'],
    );
    assert.deepEqual(stage.central.violations, []);
  });
});
