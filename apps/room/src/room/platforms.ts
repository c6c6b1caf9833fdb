/** One platform as it is filled in: the two lines that platforms give to who streams there. */
export interface PlatformDraft {
  readonly server: string;
  readonly streamKey: string;
}

/** What is wrong with a line; its words are found under the same name. */
export type PlatformError = 'serverMissing' | 'serverWrong' | 'keyMissing' | 'keyWrong' | 'twice';

export interface PlatformErrors {
  readonly server?: PlatformError;
  readonly streamKey?: PlatformError;
}

/** Of what is filled in as a server. */
export const EXAMPLE = 'rtmp://live.example.com/app';

/** Server API, 9.5. */
export const MAX_PLATFORMS = 3;

export const EMPTY_PLATFORM: PlatformDraft = { server: '', streamKey: '' };

/** Scheme, host, port and the application's path. */
const SERVER = /^rtmps?:\/\/[^/@?#\s]+\/[^?#\s]+$/i;

/** What is wrong with each; none of them when all can be sent to. A platform of which nothing is filled in is no error. */
export function platformErrors(drafts: readonly PlatformDraft[]): readonly PlatformErrors[] {
  const urls = drafts.map(urlOf);
  return drafts.map((draft, index) => {
    if (isEmpty(draft)) return drafts.every(isEmpty) && index === 0 ? { server: 'serverMissing' } : {};
    const server = trimmed(draft.server);
    if (!SERVER.test(server)) return { server: 'serverWrong' };
    if (draft.streamKey.trim() === '') return { streamKey: 'keyMissing' };
    if (/[\s/#]/.test(draft.streamKey.trim())) return { streamKey: 'keyWrong' };
    return urls.indexOf(urls[index]!) < index ? { streamKey: 'twice' } : {};
  });
}

/** What is sent to, in the order in which it was filled in. */
export function platformUrls(drafts: readonly PlatformDraft[]): string[] {
  return drafts.filter((draft) => !isEmpty(draft)).map(urlOf);
}

const isEmpty = ({ server, streamKey }: PlatformDraft): boolean => server.trim() === '' && streamKey.trim() === '';

const trimmed = (server: string): string => server.trim().replace(/\/+$/, '');

const urlOf = ({ server, streamKey }: PlatformDraft): string => `${trimmed(server)}/${streamKey.trim()}`;
