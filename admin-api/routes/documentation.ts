import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Response } from 'express';
import * as z from 'zod';
import { definePublicRoute, type Route } from '../http/route.ts';

const tag = 'documentation';
const OPENAPI_PATH = '/api/v1/openapi.json';
const DOCS_PATH = '/api/v1/docs';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Voltpile API</title>
<link rel="stylesheet" href="${DOCS_PATH}/swagger-ui.css">
<link rel="icon" type="image/png" href="${DOCS_PATH}/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="${DOCS_PATH}/swagger-ui-bundle.js"></script>
<script src="${DOCS_PATH}/start.js"></script>
</body>
</html>
`;

/** A file of its own, because the content security policy allows no inline scripts. No validator: nothing is sent elsewhere. */
const START = `SwaggerUIBundle({ url: '${OPENAPI_PATH}', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null });
`;

const HOME = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Voltpile</title></head>
<body>
<h1>Voltpile</h1>
<p>The central system is running. The portal is still to come; until then there is the API:</p>
<ul>
<li><a href="${DOCS_PATH}">API documentation</a></li>
<li><a href="${OPENAPI_PATH}">OpenAPI document</a></li>
</ul>
</body>
</html>
`;

const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png', 'start.js'] as const;

/** @param openApi the document as JSON text; asked when it is needed, because it describes these routes, too */
export function documentationRoutes(openApi: () => string): Route[] {
  return [
    definePublicRoute({
      method: 'get',
      path: OPENAPI_PATH,
      operationId: 'getOpenApi',
      tag,
      summary: 'This document',
      permission: 'public',
      responses: { 200: { description: 'OpenAPI 3.1.', schema: z.record(z.string(), z.unknown()) } },
      handle: async () => ({ send: async (_request, response) => sendText(response, 'application/json', openApi()) }),
    }),
    definePublicRoute({
      method: 'get',
      path: DOCS_PATH,
      operationId: 'getDocs',
      tag,
      summary: 'This document, to read and try',
      permission: 'public',
      responses: { 200: { description: 'A page.', contentType: 'text/html', schema: z.string() } },
      handle: async () => ({ send: async (_request, response) => sendText(response, 'text/html', PAGE) }),
    }),
    definePublicRoute({
      method: 'get',
      path: `${DOCS_PATH}/{file}`,
      operationId: 'getDocsFile',
      tag,
      summary: 'What the page is made of',
      permission: 'public',
      params: z.strictObject({ file: z.enum(FILES) }),
      responses: { 200: { description: 'A file.', contentType: '*/*', schema: z.string() } },
      handle: async ({ params }) => ({
        send: async (_request, response) => {
          if (params.file === 'start.js') return sendText(response, 'text/javascript', START);
          const root = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
          await new Promise<void>((resolve, reject) => {
            response.sendFile(params.file, { root, cacheControl: false }, (error?: Error) =>
              error ? reject(error) : resolve(),
            );
          });
        },
      }),
    }),
    definePublicRoute({
      method: 'get',
      path: '/',
      operationId: 'getHome',
      tag,
      summary: 'Where to go from here',
      permission: 'public',
      responses: { 200: { description: 'A page.', contentType: 'text/html', schema: z.string() } },
      handle: async () => ({ send: async (_request, response) => sendText(response, 'text/html', HOME) }),
    }),
  ];
}

function sendText(response: Response, type: string, text: string): void {
  response.setHeader('Content-Type', `${type}; charset=utf-8`);
  response.end(text);
}
