import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { invalidGatewaySetting } from '../settings.ts';

/** Addresses as text without the IPv4-in-IPv6 prefix, so that both families compare. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** Whether an address to listen on is reachable from this machine only. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Tells whose X-Forwarded-For is believed. */
export class TrustedProxies {
  readonly #list = new BlockList();
  readonly #any: boolean;

  /** @param entries addresses or CIDR ranges; throws `gateway.invalid_setting` for anything else */
  constructor(entries: readonly string[]) {
    this.#any = entries.length > 0;
    for (const entry of entries) {
      const [address = '', prefix] = entry.split('/');
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      try {
        if (isIP(address) === 0) throw new TypeError('not an address');
        if (prefix === undefined) this.#list.addAddress(address, family);
        else this.#list.addSubnet(address, Number(prefix), family);
      } catch {
        throw invalidGatewaySetting({
          name: 'trustedProxies',
          expected: `addresses or CIDR ranges, unlike "${entry}"`,
        });
      }
    }
  }

  includes(address: string): boolean {
    if (!this.#any || isIP(address) === 0) return false;
    return this.#list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  }

  /** Whether a trusted proxy says that the station's connection to it is encrypted. */
  isEncrypted(socketAddress: string | undefined, headers: IncomingHttpHeaders): boolean {
    if (!this.includes(plainAddress(socketAddress))) return false;
    const proto = String(headers['x-forwarded-proto'] ?? '').split(',', 1)[0];
    return /^(?:https|wss)$/i.test(proto?.trim() ?? '');
  }

  /**
   * Where the station is: the socket's address, or, behind trusted proxies, the last address in X-Forwarded-For that is not one of
   * theirs (entries before it could be invented by anybody).
   */
  stationAddress(socketAddress: string | undefined, forwardedFor: string | string[] | undefined): string {
    let address = plainAddress(socketAddress);
    if (!this.includes(address) || forwardedFor === undefined) return address;
    const hops = (Array.isArray(forwardedFor) ? forwardedFor.join(',') : forwardedFor).split(',');
    for (const hop of hops.reverse()) {
      const named = plainAddress(hop.trim());
      if (isIP(named) === 0) break;
      address = named;
      if (!this.includes(named)) break;
    }
    return address;
  }
}
