import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { certificateHash } from './certificate-hash.ts';
import { certificateSigningRequest } from './certificate-signing-request.ts';
import { securityEventNotification } from './messages/security-event-notification.ts';
import { signCertificate } from './messages/sign-certificate.ts';
import type { SimulatedStation } from './station.ts';
import type { CentralRequest, CentralResponse, CertificateHashData, CertificateUse } from './types.ts';

interface Installed {
  readonly use: CertificateUse;
  readonly hash: CertificateHashData;
}

/** The station's root certificates and its own client certificate (security extension, chapters 3 and 4). */
export class Certificates {
  readonly #station: SimulatedStation;
  #installed: Installed[] = [];
  /** Keys of the request that waits for CertificateSigned. */
  #requested: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } | undefined;
  /** The client certificate that was signed for us last: chain and key in PEM. */
  own: { readonly chain: string; readonly key: string } | undefined;

  constructor(station: SimulatedStation) {
    this.#station = station;
  }

  install(request: CentralRequest<'InstallCertificate'>): CentralResponse<'InstallCertificate'>['status'] {
    if (this.#installed.length >= this.#station.configuration.integer('CertificateStoreMaxLength')) return 'Rejected';
    try {
      const hash = certificateHash(request.certificate);
      this.#installed = [
        ...this.#installed.filter((other) => !isSame(other.hash, hash)),
        { use: request.certificateType, hash },
      ];
      return 'Accepted';
    } catch {
      // Not a certificate.
      return 'Rejected';
    }
  }

  list(use: CertificateUse): CertificateHashData[] {
    return this.#installed.filter((entry) => entry.use === use).map((entry) => entry.hash);
  }

  delete(hash: CertificateHashData): CentralResponse<'DeleteCertificate'>['status'] {
    const kept = this.#installed.filter((entry) => !isSame(entry.hash, hash));
    const found = kept.length < this.#installed.length;
    this.#installed = kept;
    return found ? 'Accepted' : 'NotFound';
  }

  /** Makes new keys and asks the central system to sign them. @returns whether it takes the request */
  async renew(): Promise<boolean> {
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#requested = keys;
    const { identity, configuration } = this.#station;
    const subject = { commonName: identity, organization: configuration.text('CpoName') };
    const { status } = await signCertificate(this.#station, certificateSigningRequest(subject, keys));
    return status === 'Accepted';
  }

  /** CertificateSigned: only a certificate for the keys that we asked with is any good. */
  signed(chain: string): CentralResponse<'CertificateSigned'>['status'] {
    const keys = this.#requested;
    if (keys !== undefined && chain.length <= this.#station.configuration.integer('CertificateSignedMaxChainSize')) {
      try {
        if (new X509Certificate(chain).publicKey.equals(keys.publicKey)) {
          this.own = { chain, key: keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() };
          this.#requested = undefined;
          return 'Accepted';
        }
      } catch {
        // Not a certificate: rejected below.
      }
    }
    securityEventNotification(this.#station, 'InvalidChargePointCertificate');
    return 'Rejected';
  }
}

function isSame(a: CertificateHashData, b: CertificateHashData): boolean {
  return (
    a.hashAlgorithm === b.hashAlgorithm &&
    a.issuerNameHash.toLowerCase() === b.issuerNameHash.toLowerCase() &&
    a.issuerKeyHash.toLowerCase() === b.issuerKeyHash.toLowerCase() &&
    a.serialNumber.toLowerCase() === b.serialNumber.toLowerCase()
  );
}
