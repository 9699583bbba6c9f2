import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { type CertificateHash, certificateHash } from './certificate-hash.ts';
import { certificateSigningRequest } from './certificate-signing-request.ts';

interface Installed {
  /** The protocol's word for what the certificate is good for. */
  readonly use: string;
  readonly hash: CertificateHash;
}

/** What certificates need of their station; the configuration is asked anew each time. */
export interface CertifiedStation {
  readonly identity: string;
  maxInstalledCertificates(): number;
  maxChainLength(): number;
  organizationName(): string;
  /** Asks the central system to sign. @param csr PKCS #10 in PEM @returns whether it takes the request */
  requestCertificate(csr: string): Promise<boolean>;
  /** A certificate came that is no good. */
  certificateRefused(): void;
}

/** The station's root certificates and its own client certificate (1.6 security extension, chapters 3 and 4; 2.0.1, A02 and M). */
export class Certificates {
  readonly #station: CertifiedStation;
  #installed: Installed[] = [];
  /** Keys of the request that waits for CertificateSigned. */
  #requested: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } | undefined;
  /** The client certificate that was signed for us last: chain and key in PEM. */
  own: { readonly chain: string; readonly key: string } | undefined;

  constructor(station: CertifiedStation) {
    this.#station = station;
  }

  get size(): number {
    return this.#installed.length;
  }

  install(use: string, pem: string): 'Accepted' | 'Rejected' {
    if (this.#installed.length >= this.#station.maxInstalledCertificates()) return 'Rejected';
    try {
      const hash = certificateHash(pem);
      this.#installed = [...this.#installed.filter((other) => !isSame(other.hash, hash)), { use, hash }];
      return 'Accepted';
    } catch {
      // Not a certificate.
      return 'Rejected';
    }
  }

  list(matches: (use: string) => boolean): readonly Installed[] {
    return this.#installed.filter((entry) => matches(entry.use));
  }

  delete(hash: CertificateHash): 'Accepted' | 'NotFound' {
    const kept = this.#installed.filter((entry) => !isSame(entry.hash, hash));
    const found = kept.length < this.#installed.length;
    this.#installed = kept;
    return found ? 'Accepted' : 'NotFound';
  }

  /** Makes new keys and asks the central system to sign them. @returns whether it takes the request */
  async renew(): Promise<boolean> {
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#requested = keys;
    const subject = { commonName: this.#station.identity, organization: this.#station.organizationName() };
    return this.#station.requestCertificate(certificateSigningRequest(subject, keys));
  }

  /** CertificateSigned: only a certificate for the keys that we asked with is any good. */
  signed(chain: string): 'Accepted' | 'Rejected' {
    const keys = this.#requested;
    if (keys !== undefined && chain.length <= this.#station.maxChainLength()) {
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
    this.#station.certificateRefused();
    return 'Rejected';
  }
}

function isSame(a: CertificateHash, b: CertificateHash): boolean {
  return (
    a.hashAlgorithm === b.hashAlgorithm &&
    a.issuerNameHash.toLowerCase() === b.issuerNameHash.toLowerCase() &&
    a.issuerKeyHash.toLowerCase() === b.issuerKeyHash.toLowerCase() &&
    a.serialNumber.toLowerCase() === b.serialNumber.toLowerCase()
  );
}
