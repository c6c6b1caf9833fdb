import { AmphiMark, Badge, Card, EmptyState } from '@amphi/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { RequestFailure } from '../api/request.ts';
import { listAssets, recordingsQuery, type Session, sessionRecordQuery, streamsQuery } from '../api/rest.ts';
import { CopyableId } from '../app-page/copyable-id.tsx';
import { AssetRows } from '../recordings/asset-rows.tsx';
import { peopleText } from '../rooms/rooms-page.tsx';
import { BackLink } from '../shell/back-link.tsx';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { Page } from '../shell/page.tsx';
import { dateTimeText, durationText } from '../shell/times.ts';
import { usePages } from '../shell/use-pages.ts';
import { EventsCard } from './events-card.tsx';
import { QualityCard } from './quality-card.tsx';
import { RoomName } from './session-rows.tsx';
import { timelineOf } from './timeline.ts';
import { TimelinePicture } from './timeline-picture.tsx';

/** One session, while it runs and afterwards: who was there from when to when, and what came of it. */
export function SessionPage() {
  const id = useParams().sessionId ?? '';
  const { data: session, error, refetch } = useQuery(sessionRecordQuery(id));
  if (session !== undefined) return <SessionDetails key={session.id} session={session} />;
  if (error instanceof RequestFailure && error.status === 404) {
    return (
      <Page title="No such session" above={<BackLink to="/sessions">Sessions</BackLink>}>
        <EmptyState icon={<AmphiMark className="size-12" />} title="This session does not exist" />
      </Page>
    );
  }
  return (
    <div className="mx-auto flex w-full max-w-5xl flex-col gap-6">
      <BackLink to="/sessions">Sessions</BackLink>
      {error === null ? (
        <Loading what="the session" />
      ) : (
        <LoadFailed what="the session" error={error} onRetry={() => void refetch()} />
      )}
    </div>
  );
}

function SessionDetails({ session }: { session: Session }) {
  const refetchInterval = session.active ? 5_000 : false;
  const streams = useQuery({ ...streamsQuery({ session_id: session.id }), refetchInterval });
  const recordings = useQuery({ ...recordingsQuery(session.id), refetchInterval });
  const assets = usePages(['assets', 'list', { session_id: session.id }], (start, signal) =>
    listAssets({ session_id: session.id }, start, signal),
  );
  const timeline = timelineOf(
    session,
    { streams: streams.data ?? [], recordings: recordings.data ?? [] },
    // The newest moment that is known of: the page is drawn anew with each reading.
    Date.now(),
  );
  const peers = Object.values(session.peers);
  return (
    <Page
      title={`Session of ${dateTimeText(session.created_at)}`}
      above={<BackLink to="/sessions">Sessions</BackLink>}
      description={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          {session.active && (
            <Badge tone="live" solid>
              now
            </Badge>
          )}
          <Link
            to={`/rooms/${session.room_id}`}
            className="inline-block text-accent underline-offset-3 hover:underline pointer-coarse:min-w-11 pointer-coarse:leading-11"
          >
            <RoomName id={session.room_id} />
          </Link>
          <span>{durationText(timeline.to - timeline.from)}</span>
          <span>{peopleText(peers.length)}</span>
        </span>
      }
      actions={<CopyableId name="Session" id={session.id} testId="copy-session-id" />}
    >
      <Card title="Who was there" data-testid="timeline">
        <TimelinePicture timeline={timeline} />
      </Card>
      {(assets.items?.length ?? 0) > 0 && (
        <Card title="Recordings">
          <AssetRows assets={assets.items ?? []} namesRoom={false} />
        </Card>
      )}
      {!session.active && <QualityCard session={session} />}
      <EventsCard session={session} />
    </Page>
  );
}
