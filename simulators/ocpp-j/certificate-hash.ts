import { createHash, X509Certificate } from 'node:crypto';
import { DER, readDer } from '../station/der.ts';

/** CertificateHashDataType, which is the same in every version. */
export interface CertificateHash {
  readonly hashAlgorithm: 'SHA256' | 'SHA384' | 'SHA512';
  readonly issuerNameHash: string;
  readonly issuerKeyHash: string;
  readonly serialNumber: string;
}

/**
 * What names an installed certificate (security extension, CertificateHashDataType): hashes of the issuer's name and key, and the
 * serial number. Installed ones are roots, so that the issuer's key is their own.
 *
 * @param pem one certificate
 * @throws when it is none
 */
export function certificateHash(pem: string): CertificateHash {
  const certificate = new X509Certificate(pem);
  const [outer] = readDer(certificate.raw);
  const [toBeSigned] = readDer(outer?.content ?? Buffer.alloc(0));
  const fields = readDer(toBeSigned?.content ?? Buffer.alloc(0));
  // TBSCertificate: an optional [0] version, serial number, algorithm, issuer, …
  const issuer = fields[fields[0]?.tag === DER.context0 ? 3 : 2];
  const keyInfo = readDer(certificate.publicKey.export({ format: 'der', type: 'spki' }));
  const keyBits = readDer(keyInfo[0]?.content ?? Buffer.alloc(0)).find((value) => value.tag === DER.bitString);
  if (issuer === undefined || keyBits === undefined) throw new RangeError('The certificate has no issuer or no key');
  const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  return {
    hashAlgorithm: 'SHA256',
    issuerNameHash: hash(issuer.whole),
    // The first byte of a bit string counts its unused bits and is not part of the key.
    issuerKeyHash: hash(keyBits.content.subarray(1)),
    serialNumber: certificate.serialNumber.toLowerCase(),
  };
}
