import { useCamera, useConnectionQuality, useLocalVideo, useVideo } from '@amphi/react';
import { Avatar, classNames } from '@amphi/ui';
import { MicOff, Pin, Star, VideoOff, WifiLow } from 'lucide-react';
import type { ReactNode } from 'react';
import { useWords } from '../words/speaking.tsx';
import type { Words } from '../words/words.ts';
import type { StagePerson } from './stage-items.ts';
import { TileMenu } from './tile-menu.tsx';
import type { Front } from './use-front.ts';

/** Of 0 to 5: what the person sees and hears suffers. */
const WEAK = 2;

/** One person: picture or initials, name, whether they are heard. */
export function PersonTile({
  person,
  isSpeaking,
  height,
  front,
  hasNumbers,
  onNumbers,
}: {
  readonly person: StagePerson;
  readonly isSpeaking: boolean;
  /** Of the tile, in CSS pixels; what stands on it follows. */
  readonly height: number;
  readonly front: Front;
  /** Numbers of all pictures are shown. */
  readonly hasNumbers: boolean;
  readonly onNumbers: () => void;
}) {
  const isPinned = front.pinnedId === person.id;
  const isSpotlit = front.spotlightId === person.id;
  const words = useWords();
  const { stage } = words;
  const quality = useConnectionQuality(person.peerId);
  const isWeak = quality !== undefined && quality <= WEAK;
  const name = person.name || words.somebody;
  // Read aloud and never drawn: nothing to isolate.
  const label = [
    person.isSelf ? stage.you(name) : name,
    person.isMuted ? stage.microphoneOff : undefined,
    videoWords(words, person),
    isWeak ? stage.weak : undefined,
    isPinned ? stage.pinned : undefined,
    isSpotlit ? stage.spotlit : undefined,
  ].filter(Boolean);
  return (
    // A figure rather than a list item: its place on the page says nothing about its order.
    <figure
      data-theme="dark"
      data-testid="stage-tile"
      data-peer={person.peerId}
      data-local={person.isSelf}
      data-speaking={isSpeaking}
      data-muted={person.isMuted}
      data-front={front.id === person.id}
      aria-label={label.join(words.comma)}
      className={classNames(
        'group/tile relative m-0 size-full overflow-hidden rounded-card bg-card',
        'outline-3 -outline-offset-3 transition-[outline-color] duration-150',
        isSpeaking ? 'outline-accent' : 'outline-transparent',
      )}
    >
      {/* Behind the picture as well: a picture that is on its way shows nothing of its own. */}
      <div className="absolute inset-0 grid place-items-center">
        <div className="flex max-w-full flex-col items-center gap-2 p-3">
          <Avatar name={person.name} size={Math.max(40, Math.min(112, Math.round(height * 0.36)))} />
          {person.isUnplayable && height >= 160 && (
            <p className="text-center text-sm text-balance text-ink-soft">{stage.unplayableHelp}</p>
          )}
        </div>
      </div>
      {person.hasVideo && <Picture person={person} />}
      {/* Drawn above the picture, which covers the figure's own outline. */}
      <span
        aria-hidden="true"
        className={classNames(
          'pointer-events-none absolute inset-0 rounded-card ring-3 ring-inset transition-[box-shadow] duration-150',
          isSpeaking ? 'ring-accent' : 'ring-transparent',
        )}
      />
      <figcaption className="absolute bottom-2 start-2 flex max-w-[calc(100%-1rem)] items-center gap-1.5">
        <TileLabel>
          {isPinned && <Pin aria-hidden="true" />}
          {isSpotlit && <Star aria-hidden="true" />}
          {person.isMuted && <MicOff aria-hidden="true" className="text-danger" />}
          {isWeak && !person.isDegraded && <WifiLow aria-hidden="true" className="text-warn" data-testid="tile-weak" />}
          {person.isDegraded && <WifiLow aria-hidden="true" className="text-warn" />}
          {person.isUnplayable && <VideoOff aria-hidden="true" className="text-warn" />}
          <span className="truncate">
            <bdi>{name}</bdi>
            {person.isSelf && <span className="text-white/75"> {words.isYou}</span>}
          </span>
        </TileLabel>
      </figcaption>
      <TileMenu peerId={person.peerId} front={front} hasNumbers={hasNumbers} onNumbers={onNumbers} />
    </figure>
  );
}

function videoWords(
  { stage }: Words,
  { isDegraded, isUnplayable, isHeldBack, hasVideo }: StagePerson,
): string | undefined {
  if (isHeldBack) return stage.heldBack;
  if (isUnplayable) return stage.unplayable;
  if (isDegraded) return stage.paused;
  return hasVideo ? undefined : stage.cameraOff;
}

/** Words on a picture: a dark ground of their own, whatever is behind. */
export function TileLabel({ children }: { readonly children: ReactNode }) {
  return (
    <span className="inline-flex min-w-0 items-center gap-1.5 rounded-lg bg-black/65 px-2 py-1 text-sm font-medium text-white [&_svg]:size-4 [&_svg]:shrink-0">
      {children}
    </span>
  );
}

function Picture({ person }: { readonly person: StagePerson }) {
  return person.isSelf ? <OwnVideo /> : <RemoteVideo trackId={person.videoId} fit="cover" />;
}

/** The own camera, as in a mirror. */
export function OwnVideo() {
  const camera = useCamera();
  const video = useLocalVideo(camera.track);
  return <video ref={video} autoPlay playsInline muted className="relative size-full object-cover mirrored" />;
}

/** Sound is played by the session, so the element has none. */
export function RemoteVideo({
  trackId,
  fit,
}: {
  readonly trackId: string | undefined;
  readonly fit: 'cover' | 'contain';
}) {
  const video = useVideo(trackId);
  return (
    <video
      ref={video}
      autoPlay
      playsInline
      muted
      className={classNames('relative size-full', fit === 'cover' ? 'object-cover' : 'object-contain')}
    />
  );
}
