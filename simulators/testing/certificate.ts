import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { DER, objectIdentifier, writeDer } from '../station/der.ts';

const COMMON_NAME = '2.5.4.3';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const UTC_TIME = 0x17;

/**
 * A certificate for tests, made by hand.
 *
 * @param options.publicKey whose it is; without one it is self-signed with a new key
 * @returns PEM
 */
export function makeCertificate(options: { commonName: string; serial?: number; publicKey?: KeyObject }): string {
  return makeCertificateAndKey(options).cert;
}

/** The same, with the key (PEM) of a self-signed one. */
export function makeCertificateAndKey(options: { commonName: string; serial?: number; publicKey?: KeyObject }): {
  cert: string;
  key: string;
} {
  const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = options.publicKey ?? issuer.publicKey;
  const text = writeDer(DER.utf8String, Buffer.from(options.commonName, 'utf8'));
  const name = writeDer(DER.sequence, writeDer(DER.set, writeDer(DER.sequence, objectIdentifier(COMMON_NAME), text)));
  const algorithm = writeDer(DER.sequence, objectIdentifier(ECDSA_WITH_SHA256));
  const time = (stamp: string) => writeDer(UTC_TIME, Buffer.from(stamp, 'ascii'));
  const toBeSigned = writeDer(
    DER.sequence,
    writeDer(DER.context0, writeDer(DER.integer, Buffer.from([2]))),
    writeDer(DER.integer, Buffer.from([options.serial ?? 1])),
    algorithm,
    name,
    writeDer(DER.sequence, time('250101000000Z'), time('450101000000Z')),
    name,
    publicKey.export({ format: 'der', type: 'spki' }),
  );
  const signature = sign('sha256', toBeSigned, issuer.privateKey);
  const certificate = writeDer(
    DER.sequence,
    toBeSigned,
    algorithm,
    writeDer(DER.bitString, Buffer.from([0]), signature),
  );
  const lines = certificate.toString('base64').replace(/.{1,64}/g, '$&\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`,
    key: issuer.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}
