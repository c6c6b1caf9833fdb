import type { KitView } from '@amphi/protocol';
import { Badge } from '@amphi/ui';
import { useQuery } from '@tanstack/react-query';
import { ArrowRight } from 'lucide-react';
import { Link } from 'react-router';
import { kitsQuery } from '../api/queries.ts';
import { BackLink } from '../shell/back-link.tsx';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { Page } from '../shell/page.tsx';
import { KitPicture } from './kits.tsx';

/** First step of creating an app: what to start from. */
export function ChooseKitPage() {
  const { data: kits, error, refetch } = useQuery(kitsQuery);
  return (
    <Page
      title="What do you want to make?"
      description="A starter kit brings roles and settings that work at once."
      above={<BackLink to="/">Your apps</BackLink>}
    >
      {kits === undefined && error === null && <Loading what="the starter kits" />}
      {kits === undefined && error !== null && (
        <LoadFailed what="the starter kits" error={error} onRetry={() => void refetch()} />
      )}
      {kits !== undefined && (
        <ul className="grid grid-cols-1 gap-4 sm:grid-cols-2">
          {kits.map((kit) => (
            <KitCard key={kit.id} kit={kit} />
          ))}
        </ul>
      )}
    </Page>
  );
}

function KitCard({ kit }: { kit: KitView }) {
  return (
    <li className="flex">
      <Link
        to={`/apps/new/${kit.id}`}
        data-testid={`kit-${kit.id}`}
        className="group flex flex-1 flex-col gap-4 rounded-card border border-line bg-card p-4 transition-colors hover:border-accent"
      >
        <KitPicture kit={kit.id} />
        <span className="flex flex-1 flex-col gap-1.5 px-1">
          <span className="flex items-center justify-between gap-2 text-lg font-semibold tracking-[-0.01em]">
            {kit.title}
            <ArrowRight
              className="size-5 text-ink-faint transition-transform group-hover:translate-x-0.5 group-hover:text-accent"
              aria-hidden="true"
            />
          </span>
          <span className="text-[0.9375rem] text-ink-soft">{kit.description}</span>
        </span>
        {kit.roles.length > 0 && (
          <span className="flex flex-wrap gap-1.5 px-1">
            {kit.roles.map((role) => (
              <Badge key={role}>{role}</Badge>
            ))}
          </span>
        )}
      </Link>
    </li>
  );
}
