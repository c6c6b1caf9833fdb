import type { Rect } from '@amphi/layout';
import { useLocalVideo, useVideo } from '@amphi/react';
import type { OnStage } from './people-on-stage.ts';

interface Props {
  readonly person: OnStage;
  readonly place: Rect;
  readonly speaks: boolean;
}

/** A tile of our own: a round-cornered card that glides to its place, with initials while the camera is off. */
export function PersonTile({ person: { name, picture }, place, speaks }: Props) {
  const { x, y, width, height } = place;
  return (
    <figure
      data-speaks={speaks}
      style={{
        position: 'absolute',
        inset: '0 auto auto 0',
        width,
        height,
        transform: `translate(${x}px, ${y}px)`,
        transition: 'transform 200ms, width 200ms, height 200ms',
        borderRadius: 16,
        overflow: 'hidden',
        aspectRatio: 'auto',
        boxShadow: speaks ? '0 0 0 4px #f5b301' : 'none',
      }}
    >
      {picture === undefined ? <Initials name={name} /> : <Picture picture={picture} />}
      <figcaption>{name}</figcaption>
    </figure>
  );
}

function Picture({ picture }: { readonly picture: NonNullable<OnStage['picture']> }) {
  return 'own' in picture ? <OwnVideo track={picture.own} /> : <RemoteVideo trackId={picture.trackId} />;
}

function OwnVideo({ track }: { readonly track: MediaStreamTrack }) {
  return <video ref={useLocalVideo(track)} autoPlay playsInline muted style={{ transform: 'scaleX(-1)' }} />;
}

/** A small tile asks the server for a small picture, one that is out of sight for none. */
function RemoteVideo({ trackId }: { readonly trackId: string }) {
  return <video ref={useVideo(trackId)} autoPlay playsInline muted />;
}

function Initials({ name }: { readonly name: string }) {
  const initials = name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word.slice(0, 1).toUpperCase());
  return <div style={{ display: 'grid', placeItems: 'center', height: '100%', fontSize: '2rem' }}>{initials}</div>;
}
