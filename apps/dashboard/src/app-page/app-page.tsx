import type { AppView } from '@amphi/protocol';
import { AmphiMark, Badge, Button, EmptyState } from '@amphi/ui';
import { useQuery } from '@tanstack/react-query';
import { HardDriveUpload, Palette } from 'lucide-react';
import { Link, useParams } from 'react-router';
import { appQuery } from '../api/queries.ts';
import { RequestFailure } from '../api/request.ts';
import { kitTitle } from '../apps/kits.tsx';
import { regionLabel } from '../apps/regions.ts';
import { BackLink } from '../shell/back-link.tsx';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { Page } from '../shell/page.tsx';
import { DestinationCard } from './destination-card.tsx';
import { RolesCard } from './roles-card.tsx';
import { RoomCard } from './room-card.tsx';
import { TracksCard } from './tracks-card.tsx';

/** One app: its room and links, its stream, its roles. */
export function AppPage() {
  const id = useParams().appId ?? '';
  const { data: app, error, refetch } = useQuery(appQuery(id));
  if (app !== undefined) return <AppDetails key={app.id} app={app} />;
  if (error instanceof RequestFailure && error.status === 404) return <NoSuchApp />;
  return (
    <div className="mx-auto flex w-full max-w-5xl flex-col gap-6">
      <BackLink to="/">Your apps</BackLink>
      {error === null ? (
        <Loading what="the app" />
      ) : (
        <LoadFailed what="the app" error={error} onRetry={() => void refetch()} />
      )}
    </div>
  );
}

function AppDetails({ app }: { app: AppView }) {
  return (
    <Page
      title={app.name}
      above={<BackLink to="/">Your apps</BackLink>}
      actions={
        <span className="flex flex-wrap gap-2">
          <Button asChild>
            <Link to={`/apps/${app.id}/storage`} data-testid="edit-storage">
              <HardDriveUpload />
              Storage
            </Link>
          </Button>
          <Button asChild>
            <Link to={`/apps/${app.id}/look`} data-testid="edit-look">
              <Palette />
              Room app
            </Link>
          </Button>
        </span>
      }
      description={
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Badge tone={app.kit === 'live_streaming' ? 'live' : 'neutral'}>{kitTitle(app.kit)}</Badge>
          <span className="break-all">{app.subdomain}</span>
          <span aria-hidden="true">·</span>
          <span>{regionLabel(app.region)}</span>
        </span>
      }
    >
      {app.rooms.map((room) => (
        <RoomCard key={room.id} room={room} />
      ))}
      <DestinationCard app={app} />
      <TracksCard app={app} />
      <RolesCard appId={app.id} roles={app.roles} templateId={app.templateId} />
    </Page>
  );
}

function NoSuchApp() {
  return (
    <Page title="No such app" above={<BackLink to="/">Your apps</BackLink>}>
      <EmptyState
        icon={<AmphiMark className="size-12" />}
        title="This app does not exist"
        description="The link may be mistyped, or the app belongs to another server."
        action={
          <Button asChild>
            <Link to="/">Go to your apps</Link>
          </Button>
        }
      />
    </Page>
  );
}
