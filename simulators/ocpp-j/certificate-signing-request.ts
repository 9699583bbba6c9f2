import { type KeyObject, sign } from 'node:crypto';
import { DER, objectIdentifier, writeDer } from '../station/der.ts';

const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

/**
 * A PKCS #10 request (RFC 2986) for a station's client certificate: CN is its identity, O the operator, as the security extension asks.
 *
 * @param keys an EC key pair on P-256
 * @returns PEM
 */
export function certificateSigningRequest(
  subject: { readonly commonName: string; readonly organization: string },
  keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
): string {
  const name = writeDer(
    DER.sequence,
    nameAttribute(ORGANIZATION, subject.organization),
    nameAttribute(COMMON_NAME, subject.commonName),
  );
  const info = writeDer(
    DER.sequence,
    writeDer(DER.integer, Buffer.from([0])),
    name,
    keys.publicKey.export({ format: 'der', type: 'spki' }),
    writeDer(DER.context0),
  );
  const signature = sign('sha256', info, keys.privateKey);
  const request = writeDer(
    DER.sequence,
    info,
    writeDer(DER.sequence, objectIdentifier(ECDSA_WITH_SHA256)),
    writeDer(DER.bitString, Buffer.from([0]), signature),
  );
  const lines = request.toString('base64').replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines}-----END CERTIFICATE REQUEST-----\n`;
}

function nameAttribute(type: string, value: string): Buffer {
  const text = writeDer(DER.utf8String, Buffer.from(value, 'utf8'));
  return writeDer(DER.set, writeDer(DER.sequence, objectIdentifier(type), text));
}
