import * as z from 'zod';

/** Headers that say how a body travels; those are the caller's. */
const RESERVED = ['host', 'connection', 'content-length', 'content-type', 'transfer-encoding', 'expect', 'upgrade'];

/** A token (RFC 9110, 5.6.2). */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const ALLOWED_NAMES = `a header name of 1 to 100 characters, and none of ${RESERVED.join(', ')}`;

/** Where a back end is told what happens (server API, 5). */
export const webhookTarget = z.object({
  url: z
    .url({ protocol: /^https?$/, error: 'an http or https URL' })
    .max(2_000, 'at most 2000 characters')
    .refine((url) => {
      const { username, password } = new URL(url);
      return username === '' && password === '';
    }, 'a URL without a user name; put secrets into headers'),
  headers: z
    .record(z.string(), z.string().regex(/^[\t\x20-\x7e]{0,1000}$/, 'printable ASCII, at most 1000 characters'))
    .superRefine((headers, context) => {
      const names = Object.keys(headers);
      const wrong = names.find((name) => !HEADER_NAME.test(name) || RESERVED.includes(name.toLowerCase()));
      if (wrong !== undefined)
        context.addIssue({ code: 'custom', path: [wrong.slice(0, 100)], message: ALLOWED_NAMES });
      if (names.length > 20) context.addIssue({ code: 'custom', message: 'at most 20 headers' });
    })
    .default({}),
});

export type WebhookTargetBody = z.infer<typeof webhookTarget>;
