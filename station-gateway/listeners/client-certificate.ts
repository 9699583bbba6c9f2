import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/**
 * Whether the station showed a certificate of the configured authority whose common name or one of whose DNS names is the
 * identity (OCPP security profile 3).
 */
export function certificateNames(socket: Duplex, identity: string): boolean {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return false;
  const certificate = socket.getPeerCertificate();
  const commonName = certificate.subject?.CN as string | string[] | undefined;
  if (Array.isArray(commonName) ? commonName.includes(identity) : commonName === identity) return true;
  return dnsNames(certificate.subjectaltname).includes(identity);
}

/**
 * The DNS entries of Node's text form of a subject alternative name. Values with special characters come as JSON strings, so a
 * comma inside a value cannot pass for the start of another entry.
 */
export function dnsNames(text: string | undefined): string[] {
  const names: string[] = [];
  const entry = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/y;
  for (let match = entry.exec(text ?? ''); match !== null && match[0] !== ''; match = entry.exec(text ?? '')) {
    const [, kind, value = ''] = match;
    if (kind === 'DNS') names.push(value.startsWith('"') ? (JSON.parse(value) as string) : value);
  }
  return names;
}
