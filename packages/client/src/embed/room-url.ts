/** Parts of the room app that an embedding page can leave out. */
export type RoomElement =
  | 'chat'
  | 'people'
  | 'polls'
  | 'reactions'
  | 'hand'
  | 'screen'
  | 'settings'
  | 'header'
  | 'leave'
  | 'feedback';

/** How the room app in a frame is to be. What is left out is as on a page of its own. */
export interface RoomOptions {
  /** A join link, as the dashboard shows it, or with `auth_token` as a back end makes it. */
  readonly link: string;
  /** The name that the person comes with; they can change it unless the preview is skipped. */
  readonly name?: string | undefined;
  /** Who it is for your back end, up to 100 characters. Only a signed token proves it. */
  readonly userId?: string | undefined;
  /** Into the room at once; needs a name. */
  readonly skipPreview?: boolean | undefined;
  /** Whether the microphone is on from the start. Default: as the person left it the last time; off without a preview. */
  readonly microphone?: boolean | undefined;
  readonly camera?: boolean | undefined;
  readonly theme?: 'light' | 'dark' | 'system' | undefined;
  /** A language tag, such as `de`. Default: the person's. */
  readonly lang?: string | undefined;
  /** What is not shown. What the role does not have is not there anyway. */
  readonly hide?: readonly RoomElement[] | undefined;
}

/**
 * The address of the room app for a frame.
 * @param parentOrigin origin of the page around, the only one that the room app then talks to
 * @throws TypeError when the link is no address of the web
 */
export function roomUrl(options: RoomOptions, parentOrigin: string): string {
  const url = new URL(options.link);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new TypeError(`no address of the web: ${options.link}`);
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') url.searchParams.set(name, value);
  };
  const onOff = (isOn: boolean | undefined): string | undefined =>
    isOn === undefined ? undefined : isOn ? 'on' : 'off';
  set('name', options.name);
  set('user_id', options.userId);
  set('skip_preview', options.skipPreview ? 'true' : undefined);
  set('microphone', onOff(options.microphone));
  set('camera', onOff(options.camera));
  set('theme', options.theme);
  set('lang', options.lang);
  set('hide', options.hide?.join(','));
  set('embed', parentOrigin);
  return url.href;
}
