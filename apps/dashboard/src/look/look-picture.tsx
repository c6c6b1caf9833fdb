import { paletteOf, type RoleLook, type RoomLook } from '@amphi/protocol';
import { AmphiLogo, classNames, paletteTokens } from '@amphi/ui';
import { Hand, LogIn, MessageSquareText, Mic, PhoneOff, Smile, Users, Video } from 'lucide-react';
import type { CSSProperties, ReactNode } from 'react';

/** The room as one role would see it: before joining, and in it. By the colours that the room app takes, too. */
export function LookPicture({
  look,
  role,
  level,
}: {
  look: RoomLook;
  role: RoleLook;
  level: 'stage' | 'webinar' | 'stream';
}) {
  const { theme, font, logo } = look;
  const style = {
    ...(theme && paletteTokens(paletteOf(theme))),
    ...(font !== undefined && { fontFamily: `"${font}", var(--font-sans)` }),
  } as CSSProperties;
  return (
    <figure className="flex flex-col gap-2">
      <div
        role="img"
        aria-label="The room with this look, before joining and in it"
        {...(theme && { 'data-theme': theme.mode })}
        style={style}
        className="grid gap-3 text-ink"
        data-testid="look-picture"
      >
        <Screen>
          <div className="flex min-h-8 items-center">
            {logo === undefined ? <AmphiLogo /> : <img src={logo} alt="" className="max-h-8 max-w-40 object-contain" />}
          </div>
          <div className={classNames('mt-3 grid items-center gap-3', level === 'stage' && 'grid-cols-2')}>
            {level === 'stage' && <Tile className="aspect-4/3" />}
            <div className="flex min-w-0 flex-col gap-2">
              <p className="text-lg leading-tight font-semibold break-words" data-testid="look-picture-title">
                {role.title}
              </p>
              <p className="text-sm break-words text-ink-soft">{role.subTitle}</p>
              <span className="h-8 rounded-control border border-line-strong bg-raised" />
              <span className="flex min-h-9 items-center justify-center gap-2 rounded-control bg-accent-fill px-3 py-1.5 text-center text-sm font-medium text-on-accent">
                <LogIn className="size-4 shrink-0" />
                <span className="min-w-0 break-words">{role.joinLabel}</span>
              </span>
            </div>
          </div>
        </Screen>
        <Screen>
          <div className="flex h-36 gap-2">
            <Tile className="flex-1" />
            {role.chat && role.chatIsOpen && (
              <div className="flex w-2/5 flex-col rounded-control border border-line bg-card p-2 text-xs">
                <span className="flex flex-wrap gap-1">
                  <span className="rounded-md bg-accent-wash px-1.5 py-0.5 font-medium break-words text-accent">
                    {role.chatTitle}
                  </span>
                  {role.people && <span className="px-1.5 py-0.5 text-ink-soft">People</span>}
                </span>
                <span className="mt-auto truncate rounded-md border border-line-strong bg-raised px-1.5 py-1 text-ink-faint">
                  {role.chatPlaceholder}
                </span>
              </div>
            )}
          </div>
          <div className="mt-2 flex flex-wrap justify-center gap-1.5">
            {level === 'stage' && <Control icon={<Mic />} />}
            {level === 'stage' && <Control icon={<Video />} />}
            {role.hand && <Control icon={<Hand />} />}
            {role.reactions && <Control icon={<Smile />} />}
            {role.chat && <Control icon={<MessageSquareText />} isOn={role.chatIsOpen ?? false} />}
            {role.people && <Control icon={<Users />} />}
            <span className="grid size-8 place-items-center rounded-full bg-danger-fill text-on-danger [&_svg]:size-4">
              <PhoneOff />
            </span>
          </div>
        </Screen>
      </div>
      <figcaption className="text-sm text-ink-faint">Before joining, and in the room.</figcaption>
    </figure>
  );
}

function Screen({ children }: { children: ReactNode }) {
  return <div className="rounded-card border border-line-strong bg-page p-4">{children}</div>;
}

function Tile({ className }: { className: string }) {
  return <span className={classNames('block rounded-control bg-sunken', className)} />;
}

function Control({ icon, isOn = false }: { icon: ReactNode; isOn?: boolean }) {
  return (
    <span
      className={classNames(
        'grid size-8 place-items-center rounded-full border border-line [&_svg]:size-4',
        isOn ? 'bg-accent-wash text-accent' : 'bg-raised text-ink-soft',
      )}
    >
      {icon}
    </span>
  );
}
