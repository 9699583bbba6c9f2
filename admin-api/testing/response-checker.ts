import assert from 'node:assert/strict';
import * as z from 'zod';

interface OpenApiDocument {
  readonly paths: Record<string, Record<string, { responses: Record<string, OpenApiResponse> }>>;
  readonly components: { schemas: Record<string, unknown> };
}

interface OpenApiResponse {
  readonly content?: Record<string, { schema?: unknown }>;
}

/** Checks answers of a server against the OpenAPI document that it gives out, so that the document cannot lie. */
export class ResponseChecker {
  readonly #document: OpenApiDocument;
  readonly #templates: { readonly template: string; readonly shape: RegExp }[];
  readonly #schemas = new Map<unknown, z.ZodType>();
  /** `GET /path 200`, of what was checked. */
  readonly checked = new Set<string>();

  constructor(document: OpenApiDocument) {
    this.#document = document;
    this.#templates = Object.keys(document.paths).map((template) => ({
      template,
      shape: new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    }));
  }

  /** Fails unless the document foresees this answer. Paths and methods that the document does not know must be 404 and 405. */
  check(method: string, url: string, status: number, contentType: string | null, body: unknown): void {
    const path = url.split('?')[0] ?? '';
    const found = this.#templates.find(({ shape }) => shape.test(path));
    const operation = found && this.#document.paths[found.template]?.[method.toLowerCase()];
    if (found === undefined || operation === undefined) {
      assert.ok([400, 404, 405].includes(status), `${method} ${path} is not documented but answered ${status}`);
      return;
    }
    const declared = operation.responses[status] ?? (status >= 400 ? operation.responses.default : undefined);
    assert.ok(declared, `${method} ${found.template} answered ${status}, which is not documented`);
    this.checked.add(`${method} ${found.template} ${status}`);
    if (declared.content === undefined) {
      assert.equal(body, undefined, `${method} ${found.template} ${status} has a body`);
      return;
    }
    const [mediaType, media] = Object.entries(declared.content)[0] ?? [];
    if (mediaType !== '*/*')
      assert.equal(contentType?.split(';')[0], mediaType, `${method} ${found.template} ${status}`);
    const result = this.#schema(media?.schema).safeParse(body);
    if (!result.success) {
      assert.fail(`${method} ${found.template} ${status} is not as documented: ${z.prettifyError(result.error)}`);
    }
  }

  #schema(schema: unknown): z.ZodType {
    let made = this.#schemas.get(schema);
    if (made === undefined) {
      const whole = { ...(schema as object), $defs: this.#document.components.schemas };
      const text = JSON.stringify(whole).replaceAll('#/components/schemas/', '#/$defs/');
      made = z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]);
      this.#schemas.set(schema, made);
    }
    return made;
  }
}
