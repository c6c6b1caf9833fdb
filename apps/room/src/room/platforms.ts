/** One platform as it is filled in: the two lines that platforms give to who streams there. */
export interface PlatformDraft {
  readonly server: string;
  readonly streamKey: string;
}

export interface PlatformErrors {
  readonly server?: string;
  readonly streamKey?: string;
}

/** Server API, 9.5. */
export const MAX_PLATFORMS = 3;

export const EMPTY_PLATFORM: PlatformDraft = { server: '', streamKey: '' };

/** Scheme, host, port and the application's path. */
const SERVER = /^rtmps?:\/\/[^/@?#\s]+\/[^?#\s]+$/i;

/** What is wrong with each; none of them when all can be sent to. A platform of which nothing is filled in is no error. */
export function platformErrors(drafts: readonly PlatformDraft[]): readonly PlatformErrors[] {
  const urls = drafts.map(urlOf);
  return drafts.map((draft, index) => {
    if (isEmpty(draft)) return drafts.every(isEmpty) && index === 0 ? { server: 'Write where it is sent.' } : {};
    const server = trimmed(draft.server);
    if (!SERVER.test(server))
      return { server: 'rtmp:// or rtmps://, a server and a path, such as rtmp://live.example.com/app' };
    if (draft.streamKey.trim() === '') return { streamKey: 'The platform shows it beside its server.' };
    if (/[\s/#]/.test(draft.streamKey.trim()))
      return { streamKey: 'A stream key has no spaces, slashes or number signs.' };
    return urls.indexOf(urls[index]!) < index ? { streamKey: 'This is the same platform once more.' } : {};
  });
}

/** What is sent to, in the order in which it was filled in. */
export function platformUrls(drafts: readonly PlatformDraft[]): string[] {
  return drafts.filter((draft) => !isEmpty(draft)).map(urlOf);
}

const isEmpty = ({ server, streamKey }: PlatformDraft): boolean => server.trim() === '' && streamKey.trim() === '';

const trimmed = (server: string): string => server.trim().replace(/\/+$/, '');

const urlOf = ({ server, streamKey }: PlatformDraft): string => `${trimmed(server)}/${streamKey.trim()}`;
