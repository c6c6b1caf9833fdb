import type { RecordedStream } from '@amphi/client';
import { useSession } from '@amphi/react';
import { ErrorNotice, Spinner } from '@amphi/ui';
import { useEffect, useState } from 'react';
import { usePlayer } from '../viewer/use-player.ts';
import { errorText } from '../words/error-text.ts';
import { useWords } from '../words/speaking.tsx';

type Found =
  | { readonly name: 'asking' }
  | { readonly name: 'found'; readonly parts: RecordedStream['parts'] }
  | { readonly name: 'failed'; readonly error: unknown };

/** Plays the last stream of the room as it was, its parts one after another. Links have their time, so they are got now. */
export default function RecordingPlayer() {
  const words = useWords();
  const session = useSession();
  const [found, setFound] = useState<Found>({ name: 'asking' });
  useEffect(() => {
    let isOver = false;
    const settle = (next: Found): void => {
      if (!isOver) setFound(next);
    };
    session.readRecordedStream().then(
      ({ parts }) => settle({ name: 'found', parts }),
      (error: unknown) => settle({ name: 'failed', error }),
    );
    return () => {
      isOver = true;
    };
  }, [session]);
  switch (found.name) {
    case 'asking':
      return <Spinner label={words.viewer.loadingRecording} />;
    case 'failed':
      return <ErrorNotice title={words.viewer.noRecording} message={errorText(words, found.error)} />;
    case 'found':
      return found.parts.length === 0 ? (
        <p className="text-ink-soft">{words.viewer.noRecording}</p>
      ) : (
        <Parts parts={found.parts} />
      );
  }
}

function Parts({ parts }: { readonly parts: RecordedStream['parts'] }) {
  const words = useWords();
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const [at, setAt] = useState(0);
  const { snapshot } = usePlayer(video, parts[at]?.url, String(at));
  const state = snapshot?.state;
  const isAtEnd = state?.name === 'ended' && snapshot?.url === parts[at]?.url;
  useEffect(() => {
    if (isAtEnd && at + 1 < parts.length) setAt(at + 1);
  }, [isAtEnd, at, parts]);
  return (
    <div className="flex flex-col gap-3">
      {/* Captions of the stream, when it has any, come with its playlist. */}
      {/* biome-ignore lint/a11y/useMediaCaption: the picture has no track file */}
      <video
        ref={setVideo}
        controls
        playsInline
        aria-label={words.viewer.recording}
        className="aspect-video max-h-[70dvh] w-full rounded-card bg-black object-contain"
        data-testid="recording-video"
        data-state={state?.name}
      />
      {state?.name === 'failed' && (
        <ErrorNotice title={words.viewer.noRecording} message={words.viewer.notLoadedHelp} />
      )}
    </div>
  );
}
