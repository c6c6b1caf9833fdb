import type { RoleLook, UiLayout } from '@amphi/client';
import { useConnection, useRole, useSession } from '@amphi/react';
import { suggestTheme } from '@amphi/ui';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { loadStreamViewer } from '../viewer/load-stream-viewer.ts';
import { lookCss, modeOf } from './look-css.ts';

/** So long a room waits for how it is to look; without an answer it is as it is by itself. */
const PATIENCE_MS = 1_000;

interface Look {
  /** What the owner of the room has said of what our role sees. */
  readonly role: RoleLook;
  /** An image as a `data:` URL. */
  readonly logo: string | undefined;
  /** To join is to go live, where one may and nothing runs yet. */
  readonly joinGoesLive: boolean;
}

const LookContext = createContext<Look>({ role: {}, logo: undefined, joinGoesLive: false });

/** What the owner of the room has said of what our role sees; what is not said is as it is by itself. */
export function useLook(): RoleLook {
  return useContext(LookContext).role;
}

/** The owner's logo. */
export function useOwnLogo(): string | undefined {
  return useContext(LookContext).logo;
}

/** Whether our role is to go live by joining, as far as the room's layout has a say in it. */
export function useJoinGoesLive(): boolean {
  return useContext(LookContext).joinGoesLive;
}

/**
 * Gives what is below the look that the owner of the room has chosen, and the page its colours.
 * @param props.meanwhile until it is known
 */
export function LookProvider({ meanwhile, children }: { readonly meanwhile: ReactNode; readonly children: ReactNode }) {
  const layouts = useLayouts();
  const roleName = useRole().role?.name;
  const layout = layouts?.find(({ role }) => role === roleName) ?? layouts?.[0];
  const look = useMemo(
    () => ({
      role: layout?.look ?? {},
      logo: layout?.logo?.url,
      joinGoesLive:
        layout?.screens.preview.default.elements.join_form.join_btn_type === 'JOIN_BTN_TYPE_JOIN_AND_GO_LIVE',
    }),
    [layout],
  );
  const isOfAudience = layout !== undefined && 'hls_live_streaming' in layout.screens.conferencing;
  useEffect(() => {
    // Our level comes over the socket, a few round trips later; the player is half of what a viewer needs.
    if (isOfAudience) void loadStreamViewer().catch(() => {});
  }, [isOfAudience]);
  const mode = layout && modeOf(layout);
  useEffect(() => suggestTheme(mode), [mode]);
  const css = layout ? lookCss(layout) : '';
  return (
    <LookContext value={look}>
      {css !== '' && <style>{css}</style>}
      {layouts ? children : meanwhile}
    </LookContext>
  );
}

/**
 * Asked for once in a visit, beside the connecting; undefined until it is known, empty without an answer. Who is connected waits
 * for it so long and no longer.
 */
function useLayouts(): readonly UiLayout[] | undefined {
  const session = useSession();
  const { status } = useConnection();
  const [layouts, setLayouts] = useState<readonly UiLayout[]>();
  const isAsked = status !== 'idle';
  useEffect(() => {
    if (!isAsked) return;
    let isOver = false;
    const settle = (found: readonly UiLayout[]): void => {
      if (!isOver) setLayouts(found);
    };
    session.readLayouts().then(settle, () => settle([]));
    return () => {
      isOver = true;
    };
  }, [session, isAsked]);
  const isAwaited = isAsked && status !== 'connecting' && layouts === undefined;
  useEffect(() => {
    if (!isAwaited) return;
    const timer = setTimeout(() => setLayouts((known) => known ?? []), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [isAwaited]);
  return layouts;
}
