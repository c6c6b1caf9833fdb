import type { AppSummary } from '@amphi/protocol';
import { AmphiMark, Badge, Button, EmptyState } from '@amphi/ui';
import { useQuery } from '@tanstack/react-query';
import { ChevronRight, Plus } from 'lucide-react';
import { Link } from 'react-router';
import { appsQuery } from '../api/queries.ts';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { Page } from '../shell/page.tsx';
import { kitTitle } from './kits.tsx';
import { regionLabel } from './regions.ts';

/** All apps of the owner. */
export function AppsPage() {
  const { data: apps, error, refetch } = useQuery(appsQuery);
  const create = (
    <Button asChild variant="primary">
      <Link to="/apps/new" data-testid="create-app">
        <Plus />
        Create app
      </Link>
    </Button>
  );
  return (
    <Page
      title="Your apps"
      description="An app holds the roles, the look of the stream, and the rooms of one kind of event."
      actions={apps !== undefined && apps.length > 0 ? create : undefined}
    >
      {apps === undefined && error === null && <Loading what="your apps" />}
      {apps === undefined && error !== null && (
        <LoadFailed what="your apps" error={error} onRetry={() => void refetch()} />
      )}
      {apps?.length === 0 && (
        <div className="rounded-card border border-dashed border-line-strong">
          <EmptyState
            icon={<AmphiMark className="size-14" />}
            title="No app yet"
            description="Start from a kit: it brings roles, a room and a join link for everyone. You go live in a minute."
            action={create}
            className="py-16"
          />
        </div>
      )}
      {apps !== undefined && apps.length > 0 && (
        <ul className="grid grid-cols-1 gap-3 sm:grid-cols-2 lg:grid-cols-3">
          {apps.map((app) => (
            <AppCard key={app.id} app={app} />
          ))}
        </ul>
      )}
    </Page>
  );
}

function AppCard({ app }: { app: AppSummary }) {
  return (
    <li className="group relative flex flex-col gap-5 rounded-card border border-line bg-card p-5 transition-colors hover:border-line-strong has-[a:focus-visible]:outline-2 has-[a:focus-visible]:outline-offset-2 has-[a:focus-visible]:outline-focus">
      <div className="flex items-start justify-between gap-3">
        <div className="flex min-w-0 flex-col gap-1">
          <h2 className="text-[1.0625rem] leading-snug font-semibold tracking-[-0.01em] break-words">
            {/* The link covers the card; its name stays the app's. */}
            <Link
              to={`/apps/${app.id}`}
              className="outline-none after:absolute after:inset-0 after:rounded-card"
              data-testid={`app-link-${app.subdomain}`}
            >
              <bdi>{app.name}</bdi>
            </Link>
          </h2>
          <p className="truncate text-sm text-ink-faint">{app.subdomain}</p>
        </div>
        <ChevronRight
          className="mt-0.5 size-5 shrink-0 text-ink-faint transition-transform group-hover:translate-x-0.5"
          aria-hidden="true"
        />
      </div>
      <div className="mt-auto flex flex-wrap items-center gap-2 text-sm text-ink-faint">
        <Badge tone={app.kit === 'live_streaming' ? 'live' : 'neutral'}>{kitTitle(app.kit)}</Badge>
        <span>{regionLabel(app.region)}</span>
        <span aria-hidden="true">·</span>
        <time dateTime={app.createdAt}>{shortDate(app.createdAt)}</time>
      </div>
    </li>
  );
}

function shortDate(iso: string): string {
  return new Date(iso).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
}
