import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { readDer } from '../station/der.ts';
import { versionOf } from '../station/firmware.ts';
import { makeCertificate } from '../testing/certificate.ts';
import { Stage } from '../testing/stage.ts';

const ID = 'CP-1';

const statuses = (stage: Stage, action: string) => stage.central.of(action).map(({ status }) => status);

describe('simulated station: firmware', () => {
  const update = { location: 'https://files.example/fw-2.4.1.bin', retrieveDate: '2025-03-10T08:05:00Z' };

  it('downloads at its time, waits for cars, installs, reboots and tells the new version', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging();
    assert.deepEqual(await stage.central.ask(ID, 'UpdateFirmware', update), {});
    await stage.time.advance(299_000);
    assert.deepEqual(statuses(stage, 'FirmwareStatusNotification'), []);
    await stage.time.advance(600_000);
    assert.deepEqual(statuses(stage, 'FirmwareStatusNotification'), ['Downloading', 'Downloaded'], 'a car charges');
    station.unplug(1);
    await stage.time.advance(300_000);
    assert.deepEqual(statuses(stage, 'FirmwareStatusNotification'), [
      'Downloading',
      'Downloaded',
      'Installing',
      'Installed',
    ]);
    assert.deepEqual(
      stage.central.of('BootNotification').map(({ firmwareVersion }) => firmwareVersion),
      ['1.0.0', '2.4.1'],
    );
  });

  it('tries a failing download as often as told', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    station.faults.firmware = 'download-fails';
    await stage.central.ask(ID, 'UpdateFirmware', { ...update, retries: 1, retryInterval: 30 });
    await stage.time.advance(3_600_000);
    assert.deepEqual(statuses(stage, 'FirmwareStatusNotification'), [
      'Downloading',
      'DownloadFailed',
      'Downloading',
      'DownloadFailed',
    ]);
    assert.equal(station.firmware.version, '1.0.0');
  });

  it('can fail to install', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    station.faults.firmware = 'installation-fails';
    await stage.central.ask(ID, 'UpdateFirmware', update);
    await stage.time.advance(3_600_000);
    assert.equal(statuses(stage, 'FirmwareStatusNotification').at(-1), 'InstallationFailed');
    assert.equal(stage.central.of('BootNotification').length, 1);
  });

  const signed = (requestId: number, more: object = {}) => ({
    requestId,
    firmware: {
      location: 'https://files.example/signed',
      retrieveDateTime: '2025-03-10T08:05:00Z',
      installDateTime: '2025-03-10T09:00:00Z',
      signingCertificate: makeCertificate({ commonName: 'Manufacturer' }),
      signature: 'c2ln',
      ...more,
    },
  });

  it('goes through the statuses of a signed update', async () => {
    await using stage = await Stage.open();
    await stage.started();
    assert.equal((await stage.central.ask(ID, 'SignedUpdateFirmware', signed(7))).status, 'Accepted');
    await stage.time.advance(2 * 3_600_000);
    const told = stage.central.of('SignedFirmwareStatusNotification');
    assert.deepEqual(
      told.map(({ status }) => status),
      [
        'DownloadScheduled',
        'Downloading',
        'Downloaded',
        'SignatureVerified',
        'InstallScheduled',
        'Installing',
        'InstallRebooting',
        'Installed',
      ],
    );
    assert.ok(told.every(({ requestId }) => requestId === 7));
    assert.equal(stage.central.of('SecurityEventNotification')[0]?.type, 'FirmwareUpdated');
    assert.equal(stage.central.of('BootNotification')[1]?.firmwareVersion, '1.0.1');
  });

  it('refuses certificates and signatures that are none, and drops an update for a newer one', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    const send = async (requestId: number, more: object = {}) =>
      (await stage.central.ask(ID, 'SignedUpdateFirmware', signed(requestId, more))).status;
    assert.equal(await send(1, { signingCertificate: 'nonsense' }), 'InvalidCertificate');
    station.faults.firmware = 'signature-invalid';
    assert.equal(await send(2), 'Accepted');
    assert.equal(await send(3), 'AcceptedCanceled');
    await stage.time.advance(3_600_000);
    const told = stage.central.of('SignedFirmwareStatusNotification');
    assert.equal(told.at(-1)?.status, 'InvalidSignature');
    assert.deepEqual(
      told.filter(({ requestId }) => requestId === 2).map(({ status }) => status),
      ['DownloadScheduled'],
    );
    assert.deepEqual(
      stage.central.of('SecurityEventNotification').map(({ type }) => type),
      ['InvalidFirmwareSigningCertificate', 'InvalidFirmwareSignature'],
    );
  });

  it('reads versions from file names', () => {
    assert.equal(versionOf('https://1.2.3.4/fw_3.0.bin', '1.0.0'), '3.0');
    assert.equal(versionOf('https://host/latest', '1.0.9'), '1.0.10');
    assert.equal(versionOf('https://host/latest', 'beta'), 'beta.1');
    assert.equal(versionOf('https://host/fw-1.0.0.bin', '1.0.0'), '1.0.1');
  });

  it('tells what happened while it was offline later', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    await stage.central.ask(ID, 'UpdateFirmware', update);
    station.goOffline();
    await stage.time.advance(400_000);
    assert.equal(stage.central.of('FirmwareStatusNotification').length, 0);
    await station.goOnline();
    await stage.time.settle();
    assert.deepEqual(statuses(stage, 'FirmwareStatusNotification'), ['Downloading', 'Downloaded', 'Installing']);
  });
});

describe('simulated station: diagnostics and logs', () => {
  it('names the file, then reports the upload', async () => {
    await using stage = await Stage.open();
    await stage.started();
    const { fileName } = await stage.central.ask(ID, 'GetDiagnostics', { location: 'ftp://files.example/' });
    assert.equal(fileName, 'diagnostics-CP-1-20250310080000.log');
    await stage.time.advance(60_000);
    assert.deepEqual(statuses(stage, 'DiagnosticsStatusNotification'), ['Uploading', 'Uploaded']);
  });

  it('can fail, and tries again as told', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    station.faults.diagnostics = 'upload-fails';
    await stage.central.ask(ID, 'GetDiagnostics', { location: 'ftp://files.example/', retries: 1, retryInterval: 5 });
    await stage.time.advance(120_000);
    assert.deepEqual(statuses(stage, 'DiagnosticsStatusNotification'), [
      'Uploading',
      'UploadFailed',
      'Uploading',
      'UploadFailed',
    ]);
  });

  it('uploads logs by request, the newer one in place of the older', async () => {
    await using stage = await Stage.open();
    await stage.started();
    const ask = (requestId: number, logType: string) =>
      stage.central.ask(ID, 'GetLog', { logType, requestId, log: { remoteLocation: 'https://files.example/' } });
    assert.equal((await ask(1, 'SecurityLog')).status, 'Accepted');
    await stage.time.advance(5_000);
    assert.equal((await ask(2, 'DiagnosticsLog')).status, 'AcceptedCanceled');
    await stage.time.advance(60_000);
    assert.deepEqual(
      stage.central.of('LogStatusNotification').map(({ requestId, status }) => [requestId, status]),
      [
        [1, 'Uploading'],
        [2, 'Uploading'],
        [2, 'Uploaded'],
      ],
    );
  });
});

describe('simulated station: certificates', () => {
  it('installs, lists and deletes root certificates by their hashes', async () => {
    await using stage = await Stage.open();
    await stage.started({ configuration: { CertificateStoreMaxLength: '2' } });
    const pem = makeCertificate({ commonName: 'Root One', serial: 77 });
    const install = async (certificate: string, certificateType = 'CentralSystemRootCertificate') =>
      (await stage.central.ask(ID, 'InstallCertificate', { certificateType, certificate })).status;
    const list = (certificateType = 'CentralSystemRootCertificate') =>
      stage.central.ask(ID, 'GetInstalledCertificateIds', { certificateType });
    assert.deepEqual(await list(), { status: 'NotFound' });
    assert.equal(await install('nonsense'), 'Rejected');
    assert.equal(await install(pem), 'Accepted');
    assert.equal(await install(makeCertificate({ commonName: 'Other' }), 'ManufacturerRootCertificate'), 'Accepted');
    assert.equal(await install(makeCertificate({ commonName: 'Third' })), 'Rejected', 'the store is full');
    const listed = await list();
    const [hash] = listed.certificateHashData as Record<string, string>[];
    const certificate = new X509Certificate(pem);
    const spki = certificate.publicKey.export({ format: 'der', type: 'spki' });
    // On P-256 the key is the last 65 bytes of the structure.
    assert.equal(hash?.issuerKeyHash, createHash('sha256').update(spki.subarray(-65)).digest('hex'));
    assert.equal(hash?.serialNumber, '4d');
    assert.equal(hash?.hashAlgorithm, 'SHA256');
    const remove = async () => (await stage.central.ask(ID, 'DeleteCertificate', { certificateHashData: hash })).status;
    assert.equal(await remove(), 'Accepted');
    assert.equal(await remove(), 'NotFound');
  });

  it('asks for a certificate of its own with a valid request, and takes only the one that fits', async () => {
    await using stage = await Stage.open();
    const station = await stage.started({ identity: 'CP ÄÖ/1', configuration: { CpoName: 'Operator' } });
    const asked = stage.central.next('SignCertificate');
    await stage.central.ask('CP ÄÖ/1', 'ExtendedTriggerMessage', { requestedMessage: 'SignChargePointCertificate' });
    const csr = String((await asked).payload.csr);
    const bytes = Buffer.from(csr.replace(/-----.*?-----|\s/g, ''), 'base64');
    const [info, , signature] = readDer(readDer(bytes)[0]?.content ?? Buffer.alloc(0));
    assert.ok(info && signature);
    const [, subject, keyInfo] = readDer(info.content);
    const publicKey = createPublicKey({ key: keyInfo?.whole as Buffer, format: 'der', type: 'spki' });
    assert.equal(verify('sha256', info.whole, publicKey, signature.content.subarray(1)), true);
    const name = subject?.whole.toString('utf8') ?? '';
    assert.ok(name.includes('CP ÄÖ/1') && name.includes('Operator'));
    const give = async (certificateChain: string) =>
      (await stage.central.ask('CP ÄÖ/1', 'CertificateSigned', { certificateChain })).status;
    assert.equal(await give('nonsense'), 'Rejected');
    assert.equal(await give(makeCertificate({ commonName: 'CP ÄÖ/1' })), 'Rejected', 'another key');
    const chain = makeCertificate({ commonName: 'CP ÄÖ/1', publicKey });
    assert.equal(await give(chain), 'Accepted');
    assert.equal(station.certificates.own?.chain, chain);
    await stage.time.settle();
    assert.equal(stage.central.of('SecurityEventNotification')[0]?.type, 'InvalidChargePointCertificate');
  });
});
