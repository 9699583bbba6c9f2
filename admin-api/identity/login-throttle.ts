import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

const WINDOW_SECONDS = 300;
const LONG_WINDOW_SECONDS = 900;

/**
 * Slows down guessing of passwords. Counted are failed attempts: per account and address, per address (many accounts from one place),
 * and per account (one account from many places, with a high limit, so that strangers cannot lock somebody out cheaply).
 *
 * Every attempt is counted before the password is looked at and given back when it was right: attempts at the same moment cannot
 * slip through together. The counters live in memory and are forgotten by a restart.
 */
export class LoginThrottle {
  readonly #perPair = new RateLimiterMemory({ keyPrefix: 'pair', points: 10, duration: WINDOW_SECONDS });
  readonly #perAddress = new RateLimiterMemory({ keyPrefix: 'address', points: 50, duration: WINDOW_SECONDS });
  readonly #perAccount = new RateLimiterMemory({ keyPrefix: 'account', points: 100, duration: LONG_WINDOW_SECONDS });

  /** @returns a ticket to give back on success, or after how many seconds to come again */
  async enter(email: string, address: string): Promise<LoginTicket | { readonly retryAfterSeconds: number }> {
    const account = digest(email.toLowerCase());
    const place = addressGroup(address);
    const counters: [RateLimiterMemory, string][] = [
      [this.#perAddress, place],
      [this.#perPair, `${account} ${place}`],
      [this.#perAccount, account],
    ];
    for (const [limiter, key] of counters) {
      try {
        await limiter.consume(key);
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        return { retryAfterSeconds: Math.max(1, Math.ceil(refused.msBeforeNext / 1000)) };
      }
    }
    return {
      succeeded: async () => {
        for (const [limiter, key] of counters) await limiter.reward(key);
      },
    };
  }
}

export interface LoginTicket {
  /** The password was right: the attempt does not count. */
  succeeded(): Promise<void>;
}

/** Keys of one length, whatever a stranger types. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

/** One customer of a provider has a whole /64 of IPv6: it counts as one address. */
export function addressGroup(address: string): string {
  if (!isIPv6(address)) return address;
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7);
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  return [...front, ...Array<string>(missing).fill('0'), ...back].slice(0, 4).join(':');
}
