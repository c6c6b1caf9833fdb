import type { JoinLink } from '@amphi/client';
import { useConnection, useLiveStream, useRole, useRoom, useSession, useSessionState } from '@amphi/react';
import { Badge, Button, classNames, Field, isolate, LevelMark, TextInput } from '@amphi/ui';
import { LogIn, Radio, Users } from 'lucide-react';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useJoinGoesLive, useLook } from '../look/look.tsx';
import { RoomLogo } from '../look/room-logo.tsx';
import { readPreferences, rememberPreferences } from '../page/preferences.ts';
import { loadStreamViewer } from '../viewer/load-stream-viewer.ts';
import { useWords } from '../words/speaking.tsx';
import { DeviceChoices, DevicePreview } from './device-preview.tsx';
import { isStartable, offersGoingLive } from './goes-live.ts';

/** Before the room: who one is, and for those who publish, whether camera and microphone work. */
export function PreviewScreen({ link, isJoining }: { readonly link: JoinLink; readonly isJoining: boolean }) {
  const words = useWords();
  const { level, role } = useRole();
  const allowed = role?.publishParams.allowed ?? [];
  const hasDevices = allowed.includes('audio') || allowed.includes('video');
  useEffect(() => {
    // The player is fetched while the person types their name.
    if (level === 'stream') void loadStreamViewer().catch(() => {});
  }, [level]);
  return (
    <div className="flex min-h-dvh flex-col bg-page">
      <header className="flex items-center px-5 py-4 sm:px-8">
        <RoomLogo />
      </header>
      <main
        className={
          hasDevices
            ? 'mx-auto grid w-full max-w-5xl flex-1 content-center gap-6 px-5 pb-10 sm:px-8 lg:grid-cols-[minmax(0,1.35fr)_minmax(0,1fr)] lg:gap-x-12 lg:gap-y-4'
            : 'mx-auto grid w-full max-w-md flex-1 content-center px-5 pb-24 sm:px-8'
        }
      >
        {hasDevices && (
          <DevicePreview hasMicrophone={allowed.includes('audio')} hasCamera={allowed.includes('video')} />
        )}
        {/* Right after the picture: on a phone one joins without scrolling past what one rarely changes. */}
        <div
          className={classNames(
            'flex flex-col gap-6',
            hasDevices && 'lg:col-start-2 lg:row-span-2 lg:row-start-1 lg:self-center',
          )}
        >
          <Welcome />
          {level !== undefined && (
            <p className="flex items-start gap-2.5 text-[0.9375rem] text-ink-soft">
              <LevelMark level={level} className="mt-0.5 text-accent" />
              <span>{words.preview.places[level]}</span>
            </p>
          )}
          <JoinForm link={link} isJoining={isJoining} />
          <p className="text-sm">
            <a
              href={diagnosticsOf(link)}
              className="text-ink-soft underline underline-offset-4 hover:text-ink"
              data-testid="preview-diagnostics"
            >
              {words.diagnostics.title}
            </a>
          </p>
        </div>
        {hasDevices && (
          <DeviceChoices hasMicrophone={allowed.includes('audio')} hasCamera={allowed.includes('video')} />
        )}
      </main>
    </div>
  );
}

/** The page that looks for what is wrong, by the same way in. */
function diagnosticsOf({ access }: JoinLink): string {
  return `/diagnostics${'roomCode' in access ? `/${access.roomCode}` : ''}${window.location.search}`;
}

function Welcome() {
  const words = useWords();
  const room = useRoom();
  const { title, subTitle } = useLook();
  const status = useSessionState((state) => state.liveStream.status);
  // Before joining we are not among them.
  const count = room.peerCount ?? 0;
  return (
    <div className="flex flex-col gap-3">
      <h1 className="text-2xl font-semibold tracking-[-0.02em] text-balance text-ink sm:text-3xl">
        {title ?? (room.name ? words.preview.join(isolate(room.name)) : words.preview.joinRoom)}
      </h1>
      {subTitle !== undefined && (
        <p dir="auto" className="text-pretty text-ink-soft">
          {subTitle}
        </p>
      )}
      <p className="flex flex-wrap items-center gap-2">
        {status === 'live' && (
          <Badge tone="live" solid icon={<span className="size-1.5 rounded-full bg-current" aria-hidden="true" />}>
            {words.preview.live}
          </Badge>
        )}
        <Badge icon={<Users aria-hidden="true" />} data-testid="preview-count">
          {count === 0 ? words.preview.first : words.preview.here(count)}
        </Badge>
      </p>
    </div>
  );
}

function JoinForm({ link, isJoining }: { readonly link: JoinLink; readonly isJoining: boolean }) {
  const words = useWords();
  const session = useSession();
  const { joinLabel, goLiveLabel } = useLook();
  const joinGoesLive = useJoinGoesLive();
  const stream = useLiveStream();
  const mayGoLive = offersGoingLive({ isWanted: joinGoesLive, mayStream: stream.canControl, stream });
  const [goesLive, setGoesLive] = useState(false);
  const isAway = useConnection().status === 'reconnecting';
  const [name, setName] = useState(() => link.name || readPreferences().name);
  const [isNameMissing, setIsNameMissing] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const join = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const { submitter } = event.nativeEvent as SubmitEvent;
    // Without a button it was the Enter key of a field, which means the first one.
    const asksToGoLive = mayGoLive && (submitter as HTMLButtonElement | null)?.value !== 'join';
    const trimmed = name.trim();
    if (!trimmed) {
      setIsNameMissing(true);
      input.current?.focus();
      return;
    }
    const { microphone, camera } = session.state;
    rememberPreferences({
      name: trimmed,
      // A device that failed says nothing about what the person wants.
      ...(microphone.error === undefined && { microphoneOn: microphone.isEnabled }),
      ...(camera.error === undefined && { cameraOn: camera.isEnabled }),
    });
    setGoesLive(asksToGoLive);
    // A failure is a state of the session, which the last screen shows; that of a start, too, which the room shows.
    session
      .join({ name: trimmed })
      .then(() => {
        if (asksToGoLive && isStartable(session.state.liveStream)) return session.startLiveStream();
      })
      .catch(() => {});
  };
  return (
    <form onSubmit={join} noValidate className="flex flex-col gap-4">
      <Field label={words.preview.name} error={isNameMissing ? words.preview.nameMissing : undefined}>
        <TextInput
          ref={input}
          value={name}
          onChange={(event) => {
            setName(event.target.value);
            setIsNameMissing(false);
          }}
          autoComplete="name"
          autoFocus
          maxLength={100}
          enterKeyHint="go"
          data-testid="preview-name"
        />
      </Field>
      {/* Beside each other where there is room, so that on a phone neither is below the fold. */}
      <div className="flex flex-wrap gap-3 *:grow">
        {mayGoLive && (
          <Button
            type="submit"
            value="go-live"
            variant="live"
            size="lg"
            icon={<Radio />}
            busy={isJoining && goesLive}
            disabled={isAway || isJoining}
            data-testid="preview-go-live"
          >
            {goLiveLabel ?? words.preview.joinAndGoLive}
          </Button>
        )}
        <Button
          type="submit"
          value="join"
          variant={mayGoLive ? 'secondary' : 'primary'}
          size="lg"
          icon={<LogIn className="rtl:-scale-x-100" />}
          busy={isJoining && !goesLive}
          disabled={isAway || (isJoining && mayGoLive)}
          data-testid="preview-join"
        >
          {isJoining && !goesLive ? words.preview.joining : (joinLabel ?? words.preview.joinNow)}
        </Button>
      </div>
      <p role="status" className="text-sm text-warn empty:hidden">
        {isAway && words.preview.away}
      </p>
    </form>
  );
}
