import type { IncomingMessage, ServerResponse } from 'node:http';
import { defineError } from '@voltpile/kernel/errors';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { beginTrace } from './begin-trace.ts';
import { limitBodyTime } from './body-time.ts';
import type { ApiLogger } from './logger.ts';
import { logProblem, mountRoutes, type RouterParts, sendProblem, unknownRoute } from './mount-routes.ts';
import { noteCaller } from './note-caller.ts';
import { toProblem } from './problem.ts';
import { assignRequestId, requestOrigin } from './request-origin.ts';
import type { Route } from './route.ts';

export const badTrustedProxies = defineError(
  'config.bad_trusted_proxies',
  'InvalidArgument',
  'The trusted proxies must be addresses or networks such as 10.0.0.0/8: {problem}.',
);

/** Something beside the API that is served on the same port, without tokens of users: it looks after itself, time limits included. */
export interface Mount {
  /** `/files`: requests below it are this one's. */
  readonly path: string;
  /** The request's URL begins after {@link path}. */
  handle(request: IncomingMessage, response: ServerResponse, facts: { readonly address: string }): Promise<void>;
}

export interface AppParts extends RouterParts {
  readonly mounts: readonly Mount[];
  /** How long the body of a request may take, files apart. */
  readonly bodyTimeMs: number;
  readonly routes: readonly Route[];
  /** Addresses and networks whose forwarded headers are believed; with none, no such header is. */
  readonly trustedProxies: readonly string[];
  readonly logger: ApiLogger;
  /** True from the moment at which the server was told to stop. */
  readonly stopping: () => boolean;
}

/** The whole HTTP application, ready to be given to a server. */
export function createApp(parts: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('case sensitive routing', true);
  try {
    app.set('trust proxy', parts.trustedProxies.length === 0 ? false : [...parts.trustedProxies]);
  } catch (error) {
    throw badTrustedProxies({ problem: error instanceof Error ? error.message : String(error) }, error);
  }
  const trusts = app.get('trust proxy fn') as (address: string, hop: number) => boolean;

  app.use(assignRequestId((address) => trusts(address, 0)));
  app.use(beginTrace((address) => trusts(address, 0)));
  app.use(noteCaller);
  app.use(logRequests(parts.logger));
  app.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'self'"],
          // Swagger UI sets styles on its elements and shows images that it carries within itself.
          styleSrc: ["'self'", "'unsafe-inline'"],
          imgSrc: ["'self'", 'data:'],
          objectSrc: ["'none'"],
          baseUri: ["'self'"],
          formAction: ["'self'"],
          frameAncestors: ["'none'"],
        },
      },
      // Encryption is the proxy's business, and so is saying that there is no way back from it.
      strictTransportSecurity: false,
    }),
  );
  app.use((_request: Request, response: Response, next: NextFunction) => {
    response.setHeader('Cache-Control', 'no-store');
    if (parts.stopping()) response.setHeader('Connection', 'close');
    next();
  });
  for (const mount of parts.mounts) {
    app.use(mount.path, (request: Request, response: Response) =>
      mount.handle(request, response, { address: requestOrigin(request, response).address }),
    );
  }
  app.use(limitBodyTime(parts.bodyTimeMs));
  mountRoutes(app, parts.routes, parts);
  app.use(() => {
    throw unknownRoute();
  });
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    const origin = requestOrigin(request, response);
    const problem = toProblem(error, origin.requestId);
    logProblem(parts.logger, problem, origin);
    sendProblem(response, problem);
  });
  return app;
}

/** One line a request, by the route's pattern: a path holds card numbers and identities. */
function logRequests(logger: ApiLogger): (request: Request, response: Response, next: NextFunction) => void {
  return (request, response, next) => {
    const startedAt = performance.now();
    response.once('close', () => {
      const route = (request.route as { path?: unknown } | undefined)?.path;
      logger.debug(
        {
          requestId: response.getHeader('X-Request-Id'),
          method: request.method,
          route: typeof route === 'string' ? route : null,
          status: response.statusCode,
          milliseconds: Math.round(performance.now() - startedAt),
        },
        'request',
      );
    });
    next();
  };
}
