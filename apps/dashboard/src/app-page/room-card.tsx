import type { AppView, JoinLink } from '@amphi/protocol';
import { Button, Card, CopyButton, describeLevel, EmptyState, LevelBadge } from '@amphi/ui';
import { ExternalLink, Link2Off } from 'lucide-react';
import { CopyableId } from './copyable-id.tsx';

/** A room and its join links: whoever has a link has its role. */
export function RoomCard({ room }: { room: AppView['rooms'][number] }) {
  return (
    <Card
      title={<bdi>{room.name}</bdi>}
      description="Whoever opens a link joins this room in that role. Share them accordingly."
      actions={<CopyableId name="Room" id={room.id} testId="copy-room-id" />}
    >
      {room.links.length === 0 ? (
        <EmptyState
          icon={<Link2Off />}
          title="No join links yet"
          description="The links come with the roles: this app has none."
        />
      ) : (
        <ul className="grid grid-cols-1 gap-3 md:grid-cols-2">
          {room.links.map((link, index) => (
            <JoinLinkRow key={link.code} link={link} prominent={index === 0} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function JoinLinkRow({ link, prominent }: { link: JoinLink; prominent: boolean }) {
  return (
    <li className="flex min-w-0 flex-col gap-4 rounded-control border border-line bg-raised p-4">
      <div className="flex flex-col gap-1">
        <div className="flex flex-wrap items-center justify-between gap-2">
          <h3 className="min-w-0 font-semibold break-words">{link.role}</h3>
          <LevelBadge level={link.level} />
        </div>
        <p className="text-sm text-ink-soft">{describeLevel(link.level).meaning}.</p>
      </div>
      <div className="mt-auto flex min-w-0 flex-col text-sm">
        <div className="flex min-h-9 items-center gap-2">
          <span className="w-11 shrink-0 text-ink-faint">Link</span>
          <a
            href={link.url}
            target="_blank"
            rel="noopener"
            data-testid={`join-link-${link.role}`}
            className="min-w-0 truncate rounded-sm text-accent underline-offset-3 hover:underline pointer-coarse:leading-11"
          >
            {link.url}
          </a>
        </div>
        <div className="flex min-h-9 items-center gap-2">
          <span className="w-11 shrink-0 text-ink-faint">Code</span>
          <code className="font-mono" data-testid={`room-code-${link.role}`}>
            {link.code}
          </code>
          <CopyButton
            value={link.code}
            what={`room code for ${link.role}`}
            variant="quiet"
            data-testid={`copy-code-${link.role}`}
          />
        </div>
      </div>
      <div className="flex flex-wrap gap-2">
        <Button asChild variant={prominent ? 'primary' : 'secondary'} className="flex-1">
          <a href={link.url} target="_blank" rel="noopener" data-testid={`join-as-${link.role}`}>
            Join as {link.role}
            <ExternalLink aria-hidden="true" />
            <span className="sr-only">(opens in a new tab)</span>
          </a>
        </Button>
        <CopyButton
          value={link.url}
          what={`link for ${link.role}`}
          label="Copy link"
          size="md"
          className="flex-1 sm:flex-none"
          data-testid={`copy-link-${link.role}`}
        />
      </div>
    </li>
  );
}
