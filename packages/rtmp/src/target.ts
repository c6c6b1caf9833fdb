/** Where a stream is published. */
export interface RtmpTarget {
  readonly isSecure: boolean;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Path of the server's application. */
  readonly app: string;
  /** The URL without the stream key. */
  readonly url: string;
  /** Secret: with it anybody can publish there. */
  readonly streamKey: string;
}

const PORT = 1935;
const SECURE_PORT = 443;

/**
 * An URL as platforms give it: the server, its application, and the stream key at the end, queries included.
 * @returns undefined for what is no such URL
 */
export function parseRtmpTarget(text: string): RtmpTarget | undefined {
  const parts = /^(rtmps?):\/\/(\[[0-9a-f:.]+\]|[^/:@?#[\]\s]+)(?::(\d{1,5}))?\/([^?#\s]+)\/([^/#\s]+)$/i.exec(text);
  if (!parts) return undefined;
  const [, scheme = '', host = '', port, app = '', streamKey = ''] = parts;
  const isSecure = scheme.toLowerCase() === 'rtmps';
  const number = port === undefined ? (isSecure ? SECURE_PORT : PORT) : Number(port);
  if (number < 1 || number > 65_535) return undefined;
  return {
    isSecure,
    host: host.replace(/^\[|\]$/g, ''),
    port: number,
    app,
    url: text.slice(0, text.length - streamKey.length - 1),
    streamKey,
  };
}
