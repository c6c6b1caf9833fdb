import type { WebServer } from './web-server.ts';

/**
 * Where clients send what they have to report. It is taken so that they do not keep and repeat it; nothing is kept.
 * The bodies hold the reporter's token: they must not be logged.
 */
export function clientEventRoutes(server: WebServer): void {
  server.post('/client/feedback', { schema: { tags: ['clients'], summary: 'Rating after leaving' } }, async () => ({}));
  server.post('/client/report', { schema: { tags: ['clients'], summary: 'Client analytics' } }, async () => ({}));
}
