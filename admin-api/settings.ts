import { defineSettings } from '@voltpile/platform/config/setting';
import { addressesOrRanges, port, text, textOf, wholeNumber } from '@voltpile/platform/config/setting-types';
import * as z from 'zod';

/** What an operator may set about the API. */
export const API_SETTINGS = defineSettings({
  adminEmail: {
    name: 'VOLTPILE_ADMIN_EMAIL',
    type: text('must be an e-mail address', (given) => z.email().safeParse(given).success),
    change: 'local',
    description:
      'address of the first administrator (`admin@voltpile.local` when absent); only read while there is no user',
  },
  adminPassword: {
    name: 'VOLTPILE_ADMIN_PASSWORD',
    type: textOf(8, 512),
    change: 'local',
    secret: true,
    description: 'the first administrator’s password, 8 characters or more; without it a random one is printed once',
  },
  apiRequestsPerUser: {
    name: 'VOLTPILE_API_REQUESTS_PER_USER',
    type: wholeNumber(10, 1_000_000),
    default: '5000',
    change: 'live',
    description: 'requests of one user to the API in ten seconds, at one process; the others are answered 429',
  },
  httpPort: {
    name: 'VOLTPILE_HTTP_PORT',
    type: port,
    default: '8080',
    change: 'local',
    description: 'the API; 0 takes any free port',
  },
  trustedProxies: {
    name: 'VOLTPILE_TRUSTED_PROXIES',
    type: addressesOrRanges,
    default: '',
    change: 'local',
    description: 'addresses and CIDR ranges, with commas between, whose `X-Forwarded-…` headers are believed',
  },
});
