import type { WebServer } from './web-server.ts';

/** What the page shows of an OpenAPI document. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema?: unknown }[];
  readonly requestBody?: Content;
  readonly responses?: Readonly<Record<string, Content>>;
  readonly security?: readonly object[];
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: unknown }>>;
}

/** `GET /v2/docs`: the same for people. One page of HTML without a script, so that it needs nothing from anywhere. */
export function apiPageRoute(server: WebServer): void {
  let made: string | undefined;
  server.get('/v2/docs', { schema: { hide: true } }, async (_request, reply) => {
    // It does not change while the server runs.
    made ??= apiPage(server.swagger() as unknown as ApiDocument);
    return reply.type('text/html; charset=utf-8').send(made);
  });
}

/** Everything in the document is escaped, though it is ours. */
export function apiPage({ info, paths }: ApiDocument): string {
  const groups = new Map<string, string[]>();
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags?.[0] ?? 'other';
      const group = groups.get(tag) ?? [];
      groups.set(tag, group);
      group.push(operationHtml(method, path, operation));
    }
  }
  const tags = [...groups.keys()];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>HTTP API · ${text(info.title)}</title><style>${STYLE}</style></head>
<body>
<header><h1>${text(info.title)} HTTP API, version ${text(info.version)}</h1>
<p>The same for programs: <a href="openapi.json">openapi.json</a>. Operations with a key need a management token in
<code>Authorization: Bearer …</code>.</p></header>
<nav aria-label="Groups"><ul>${tags.map((tag) => `<li><a href="#${slug(tag)}">${text(tag)}</a></li>`).join('')}</ul></nav>
<main>${tags.map((tag) => `<h2 id="${slug(tag)}">${text(tag)}</h2>\n${groups.get(tag)?.join('\n')}`).join('\n')}</main>
</body></html>
`;
}

function operationHtml(method: string, path: string, operation: Operation): string {
  const { summary = '', parameters = [], requestBody, responses = {}, security } = operation;
  const key = security ? '<span class="key" title="needs a management token">key</span>' : '';
  return `<details><summary><code class="${text(method)}">${text(method.toUpperCase())}</code>
<code>${text(path)}</code> <span>${text(summary)}</span>${key}</summary>
${parameters.map((each) => schemaHtml(`${each.name} (${each.in})`, each.schema)).join('\n')}
${schemaHtml('body', schemaOf(requestBody))}
${Object.entries(responses)
  .map(([status, answer]) => schemaHtml(status, schemaOf(answer)))
  .join('\n')}
</details>`;
}

function schemaOf(content: Content | undefined): unknown {
  return Object.values(content?.content ?? {})[0]?.schema;
}

function schemaHtml(title: string, schema: unknown): string {
  if (schema === undefined) return '';
  return `<h3>${text(title)}</h3><pre tabindex="0">${text(JSON.stringify(schema, null, 1))}</pre>`;
}

function slug(tag: string): string {
  return tag.replaceAll(/[^a-z0-9]+/gi, '-');
}

function text(value: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return value.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}

const STYLE = `
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem 1.5rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;list-style:none}
details{border-top:1px solid #8884}
summary{padding:.5rem 0;cursor:pointer;overflow-wrap:anywhere}
h3{font-size:.9rem;margin:.75rem 0 .25rem}
pre{margin:0;padding:.5rem;max-height:24rem;overflow:auto;background:#8881;font-size:.8rem}
.key{margin-left:.5rem;font-size:.75rem;border:1px solid #8888;border-radius:.25rem;padding:0 .25rem}`;
