import type { RoleLook, UiLayout } from '@amphi/client';
import { useConnection, useRole } from '@amphi/react';
import { suggestTheme } from '@amphi/ui';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
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
 * @param props.found what the server says of it; never rejects
 * @param props.meanwhile until it is known
 */
export function LookProvider({
  found,
  meanwhile,
  children,
}: {
  readonly found: Promise<readonly UiLayout[]>;
  readonly meanwhile: ReactNode;
  readonly children: ReactNode;
}) {
  const layouts = useLayouts(found);
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

/** Undefined until it is known, empty without an answer. Who is connected waits for it so long and no longer. */
function useLayouts(found: Promise<readonly UiLayout[]>): readonly UiLayout[] | undefined {
  const { status } = useConnection();
  const [layouts, setLayouts] = useState<readonly UiLayout[]>();
  useEffect(() => {
    let isOver = false;
    void found.then((known) => {
      if (!isOver) setLayouts(known);
    });
    return () => {
      isOver = true;
    };
  }, [found]);
  const isAwaited = status !== 'idle' && status !== 'connecting' && layouts === undefined;
  useEffect(() => {
    if (!isAwaited) return;
    const timer = setTimeout(() => setLayouts((known) => known ?? []), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [isAwaited]);
  return layouts;
}
