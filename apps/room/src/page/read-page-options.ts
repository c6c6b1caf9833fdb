/** What the page's address says besides who comes where to: how the page is to be. */
export interface PageOptions {
  /** Whether a device is on from the start; undefined: as the person left it. */
  readonly microphone: boolean | undefined;
  readonly camera: boolean | undefined;
  readonly theme: 'light' | 'dark' | 'system' | undefined;
  /** A BCP 47 tag; undefined: as the person or the browser has it. */
  readonly language: string | undefined;
  readonly hidden: ReadonlySet<string>;
  /** Origin of the page that has this one in a frame, and may talk to it. */
  readonly parentOrigin: string | undefined;
}

/** Reads `microphone` and `camera` (`on`, `off`), `theme`, `lang`, `hide` and `embed`; what is none of these is as if it were not there. */
export function readPageOptions(href: string): PageOptions {
  const query = new URL(href).searchParams;
  const theme = query.get('theme');
  return {
    microphone: onOff(query.get('microphone')),
    camera: onOff(query.get('camera')),
    theme: theme === 'light' || theme === 'dark' || theme === 'system' ? theme : undefined,
    language: query.get('lang') ?? undefined,
    hidden: new Set((query.get('hide') ?? '').split(',').map((name) => name.trim())),
    parentOrigin: originOf(query.get('embed') ?? ''),
  };
}

function onOff(value: string | null): boolean | undefined {
  return value === 'on' ? true : value === 'off' ? false : undefined;
}

/** Undefined for what is not exactly an origin of the web. */
function originOf(text: string): string | undefined {
  if (!/^https?:/.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text).origin === text ? text : undefined;
}
