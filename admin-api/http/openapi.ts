import * as z from 'zod';
import {
  createDocument,
  type oas31,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { problemSchema } from './problem.ts';
import type { ResponseDeclaration, Route } from './route.ts';

const DESCRIPTION = `Central system for EV charging stations.

**Authentication**: \`POST /api/v1/auth/login\`, then \`Authorization: Bearer <accessToken>\`. Tokens are never taken from the URL.
An access token is good for ten minutes; a logout, a disabled user and a changed role count from the next request on, and on open event
streams within five seconds.

**Lists** are \`{items, nextCursor}\`; ask for the next page with \`?cursor=\`. Unknown query parameters and body fields are refused.

**Errors** are problem documents (RFC 9457) with a stable \`code\`. 409 is for conflicts and for what the state of a thing does not allow.

**Repeating a POST safely**: send an \`Idempotency-Key\`. Within 24 hours the same key with the same request gets the first answer again
(with the header \`Idempotency-Replayed: true\`) and nothing is done twice; with another request it gets 422; while the first one is
being carried out, 409. Answers 503 and 429 are not kept. Uploads of files take no key: the same content under the same name is the
same file.`;

const idempotencyKey = z.object({
  'Idempotency-Key': z.string().min(1).max(255).optional().meta({
    description: 'Any text of the client’s choice, new for each new request.',
  }),
});

/** The OpenAPI 3.1 document of these routes, made of the very schemas that validate requests. */
export function buildOpenApi(routes: readonly Route[], version: string): oas31.OpenAPIObject {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = paths[route.path] ?? {};
    path[route.method] = operation(route);
    paths[route.path] = path;
  }
  const tags = [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name }));
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Voltpile',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags,
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Problem: problemSchema },
    },
  }) as oas31.OpenAPIObject;
}

function operation(route: Route): ZodOpenApiOperationObject {
  const takesKey = route.method === 'post' && route.permission !== 'public' && route.ignoresIdempotencyKey !== true;
  const header = takesKey ? idempotencyKey : route.headers;
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    description: [route.description, permissionNote(route)].filter((part) => part !== undefined).join('\n\n'),
    ...(route.permission === 'public' ? { security: [] } : {}),
    requestParams: {
      ...(route.params === undefined ? {} : { path: route.params }),
      ...(route.query === undefined ? {} : { query: route.query }),
      ...(header === undefined ? {} : { header }),
    },
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: route.body } } } }),
    ...(route.streamBody === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            description: route.streamBody.description,
            // OpenAPI 3.1: the media type says all there is to say of bytes.
            content: { [route.streamBody.contentType]: {} },
          },
        }),
    responses: responses(route, takesKey),
  };
}

function permissionNote(route: Route): string {
  if (route.permission === 'public') return 'Needs no token.';
  if (route.permission === 'authenticated') return 'Needs a token, no particular permission.';
  const whole = route.wholeDeployment === true ? ' and access to everything' : '';
  return `Permission: \`${route.permission}\`${whole}.`;
}

function responses(route: Route, takesKey: boolean): ZodOpenApiResponsesObject {
  const made: ZodOpenApiResponsesObject = {};
  for (const [status, declared] of Object.entries(route.responses)) {
    made[status as '200'] = response(declared);
  }
  const problems: Record<string, string> = {};
  if ([route.params, route.query, route.body, route.streamBody].some((part) => part !== undefined)) {
    problems['400'] = 'The request is not valid.';
  }
  if (route.permission !== 'public') {
    problems['401'] = 'The access token is missing, expired or revoked.';
    problems['429'] = 'Too many requests; see Retry-After.';
  }
  if (route.permission !== 'public' && route.permission !== 'authenticated') {
    problems['403'] = 'Not allowed for this role or scope.';
  }
  if (route.params !== undefined) problems['404'] = 'No such thing, or outside the access scope.';
  if (route.method !== 'get') problems['409'] = 'The state of things is against it.';
  if (route.body !== undefined) {
    problems['413'] = 'The body is too large.';
    problems['415'] = 'The body is not application/json.';
  }
  if (route.streamBody !== undefined) {
    problems['413'] = 'The body is too large.';
    problems['415'] = `The body is not ${route.streamBody.contentType}.`;
  }
  if (takesKey) problems['422'] = 'The Idempotency-Key was used for another request.';
  for (const [status, description] of Object.entries(problems)) {
    made[status as '400'] ??= problemResponse(description);
  }
  made.default = problemResponse('Any other error.');
  return made;
}

function response({ description, schema, contentType, headers }: ResponseDeclaration): ZodOpenApiResponseObject {
  return {
    description,
    ...(schema === undefined ? {} : { content: { [contentType ?? 'application/json']: { schema } } }),
    ...(headers === undefined
      ? {}
      : {
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, text]) => [name, { description: text, schema: { type: 'string' } }]),
          ),
        }),
  };
}

function problemResponse(description: string): ZodOpenApiResponseObject {
  return { description, content: { 'application/problem+json': { schema: problemSchema } } };
}
