import { scaleDecimal } from '@voltpile/kernel/units';
import { type Contradiction, defineSettings, type Values } from '@voltpile/platform/config/setting';
import { amount, apiUrl, isUrl, seconds, text } from '@voltpile/platform/config/setting-types';

/** What an operator may set about money. */
export const BILLING_SETTINGS = defineSettings({
  holdAmount: {
    name: 'VOLTPILE_HOLD_AMOUNT',
    type: amount('50.00'),
    default: '50.00',
    change: 'live',
    description: 'what is set aside in a wallet, or held on a card, for each charge: in the currency of the account',
  },
  mailFrom: {
    name: 'VOLTPILE_MAIL_FROM',
    type: text('must look like billing@example.com or Operator <billing@example.com>', isSender),
    change: 'restart',
    description:
      'who e-mails with invoices are from: `billing@example.com`, `Operator <billing@example.com>`; together with the mail server',
  },
  minimumBalance: {
    name: 'VOLTPILE_MINIMUM_BALANCE',
    type: amount('1.00'),
    default: '1.00',
    change: 'live',
    description: 'with less in the wallet nothing is started; not more than what is set aside',
  },
  smtpUrl: {
    name: 'VOLTPILE_SMTP_URL',
    type: text(
      'must look like smtp://user:password@host:587 or smtps://user:password@host:465',
      (given) => given.length <= 1000 && isUrl(given, ['smtp:', 'smtps:']) && new URL(given).hostname !== '',
    ),
    change: 'restart',
    secret: true,
    description:
      'mail server that sends invoices: `smtp://user:password@host:587` (STARTTLS where it is offered; `?requireTLS=true` insists on it), `smtps://user:password@host:465`; without it no e-mail is sent',
  },
  stripeApiUrl: {
    name: 'VOLTPILE_STRIPE_API_URL',
    type: apiUrl,
    // Whoever sets it gets the key.
    change: 'local',
    description: 'where something else than Stripe speaks its API, for trying out; see [Payments](payments.md)',
  },
  stripeSecretKey: {
    name: 'VOLTPILE_STRIPE_SECRET_KEY',
    type: text('must be a secret or restricted key: sk_… or rk_…', (given) => /^[sr]k_[\w-]{8,500}$/.test(given)),
    change: 'restart',
    secret: true,
    description: 'Stripe’s key (`sk_…` or `rk_…`); without it there are no card payments',
  },
  stripeTimeoutSeconds: {
    name: 'VOLTPILE_STRIPE_TIMEOUT_SECONDS',
    // To find out about one payment takes several requests, and nobody else looks at it for two minutes.
    type: seconds(15),
    default: '8',
    unit: 's',
    change: 'restart',
    description: 'how long a request to Stripe may take, at most 15',
  },
  stripeWebhookSecret: {
    name: 'VOLTPILE_STRIPE_WEBHOOK_SECRET',
    type: text('must be the signing secret of a webhook endpoint: whsec_…', (given) =>
      /^whsec_[\w+/=-]{8,500}$/.test(given),
    ),
    change: 'restart',
    secret: true,
    description: 'signing secret (`whsec_…`) of the webhook endpoint; together with the key',
  },
});

export function billingContradictions(values: Values<typeof BILLING_SETTINGS>): Contradiction[] {
  const found: Contradiction[] = [];
  if ((values.smtpUrl === null) !== (values.mailFrom === null)) {
    found.push({
      names: ['VOLTPILE_SMTP_URL', 'VOLTPILE_MAIL_FROM'],
      problem: 'VOLTPILE_SMTP_URL and VOLTPILE_MAIL_FROM must be given together',
    });
  }
  if ((values.stripeSecretKey === null) !== (values.stripeWebhookSecret === null)) {
    found.push({
      names: ['VOLTPILE_STRIPE_SECRET_KEY', 'VOLTPILE_STRIPE_WEBHOOK_SECRET'],
      problem: 'VOLTPILE_STRIPE_SECRET_KEY and VOLTPILE_STRIPE_WEBHOOK_SECRET must be given together',
    });
  }
  if (values.stripeApiUrl !== null && values.stripeSecretKey === null) {
    found.push({
      names: ['VOLTPILE_STRIPE_API_URL', 'VOLTPILE_STRIPE_SECRET_KEY'],
      problem: 'VOLTPILE_STRIPE_API_URL needs VOLTPILE_STRIPE_SECRET_KEY and VOLTPILE_STRIPE_WEBHOOK_SECRET',
    });
  }
  const [held, least] = [values.holdAmount, values.minimumBalance].map((text) => scaleDecimal(text, PLACES) ?? 0n) as [
    bigint,
    bigint,
  ];
  const names = ['VOLTPILE_HOLD_AMOUNT', 'VOLTPILE_MINIMUM_BALANCE'];
  if (held === 0n) found.push({ names, problem: 'VOLTPILE_HOLD_AMOUNT must be above 0' });
  else if (least > held) {
    found.push({ names, problem: 'VOLTPILE_MINIMUM_BALANCE must not be more than VOLTPILE_HOLD_AMOUNT' });
  }
  return found;
}

/** More digits than any currency has places. */
const PLACES = 6;

function isSender(given: string): boolean {
  return (
    given.length <= 320 && /^(?:[^<>@,;\p{Cc}]+ )?(?:<[^\s<>@,;]+@[^\s<>@,;]+>|[^\s<>@,;]+@[^\s<>@,;]+)$/u.test(given)
  );
}
