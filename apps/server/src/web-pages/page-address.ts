import { isRefusedAddress } from '@amphi/outbound';
import { PublicError } from '@amphi/protocol';

/**
 * The page that a start request wants to be shown in place of the stage.
 * @param meetingUrl as it came
 * @param here.origins of this server: its pages show the stage, which is composed natively
 * @returns undefined when the stage is composed
 * @throws PublicError 400 for what is no address of a page, or one that may not be opened
 */
export function pageAddressOf(
  meetingUrl: string | undefined,
  here: { readonly isOn: boolean; readonly origins: readonly string[]; readonly allowPrivate: boolean },
): string | undefined {
  if (!here.isOn || !meetingUrl) return undefined;
  const url = URL.parse(meetingUrl);
  if (!url) throw new PublicError(400, 'meeting_url: no URL, allowed are http and https');
  const { protocol, hostname, username, password } = url;
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new PublicError(400, `meeting_url: "${protocol}" is not allowed, allowed are http and https`);
  }
  if (username || password) throw new PublicError(400, 'meeting_url: a name and password in it are not allowed');
  if (here.origins.includes(url.origin)) return undefined;
  if (!here.allowPrivate && isRefusedAddress(hostname)) {
    throw new PublicError(400, `meeting_url: ${hostname} is not a public address`);
  }
  return url.href;
}
