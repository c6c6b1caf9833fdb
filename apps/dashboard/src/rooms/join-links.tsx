import { levelOf } from '@amphi/protocol';
import { Button, Card, CopyButton, Dialog, EmptyState, IconButton, LevelBadge } from '@amphi/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ExternalLink, Link2Off, QrCode as QrIcon } from 'lucide-react';
import { useState } from 'react';
import { codesQuery, joinLinkOf, makeCodes, type Room } from '../api/rest.ts';
import { templateQuery } from '../api/templates.ts';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { useFailureToast } from '../shell/use-failure-toast.ts';
import { QrCode } from './qr-code.tsx';

/** A link for each role: whoever has it joins in that role. */
export function JoinLinks({ room }: { room: Room }) {
  const { data: codes, error, refetch } = useQuery({ ...codesQuery(room.id), enabled: room.enabled });
  const { data: template } = useQuery(templateQuery(room.template_id));
  const client = useQueryClient();
  const failed = useFailureToast();
  const make = useMutation({
    mutationFn: () => makeCodes(room.id),
    onSuccess: () => client.invalidateQueries({ queryKey: codesQuery(room.id).queryKey }),
    onError: failed('The links were not made'),
  });
  if (!room.enabled) return null;
  const usable = (codes ?? []).filter(({ enabled }) => enabled);
  const roles = Object.values(template?.roles ?? {});
  const links = roles.flatMap((role) => {
    // Newest first: the one that was made last is the one to share.
    const code = usable.find((candidate) => candidate.role === role.name)?.code;
    return code === undefined ? [] : [{ role, code, url: joinLinkOf(code) }];
  });
  return (
    <Card
      title="Join links"
      description="Whoever opens a link joins this room in that role. Share them accordingly."
      data-testid="join-links"
    >
      {codes === undefined && error === null && <Loading what="the links" />}
      {error !== null && <LoadFailed what="the links" error={error} onRetry={() => void refetch()} />}
      {codes !== undefined && links.length === 0 && (
        <EmptyState
          icon={<Link2Off />}
          title="No links yet"
          description="Rooms made by the API have links once they are asked for."
          action={
            <Button variant="primary" busy={make.isPending} onClick={() => make.mutate()} data-testid="make-links">
              Make a link for each role
            </Button>
          }
        />
      )}
      <ul className="flex flex-col divide-y divide-line">
        {links.map(({ role, code, url }) => (
          <li key={code} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-3 first:pt-0 last:pb-0">
            <span className="flex min-w-52 flex-1 flex-wrap items-center gap-2">
              <span className="font-semibold break-words">
                <bdi>{role.name}</bdi>
              </span>
              <LevelBadge level={levelOf(role)} />
              <code className="w-full font-mono text-sm text-ink-faint">{code}</code>
            </span>
            <span className="flex items-center gap-1">
              <ShowQr role={role.name} url={url} />
              <CopyButton
                value={url}
                what={`link for ${role.name}`}
                label="Copy link"
                data-testid={`copy-${role.name}`}
              />
              <Button asChild size="sm">
                <a href={url} target="_blank" rel="noopener" data-testid={`join-${role.name}`}>
                  Join
                  <ExternalLink aria-hidden="true" />
                  <span className="sr-only">as {role.name} (opens in a new tab)</span>
                </a>
              </Button>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function ShowQr({ role, url }: { role: string; url: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <IconButton
        label={`QR code for ${role}`}
        icon={<QrIcon />}
        onClick={() => setOpen(true)}
        data-testid={`qr-${role}`}
      />
      <Dialog open={open} onOpenChange={setOpen} title={`Join as ${role}`} description="Point a phone’s camera at it.">
        <div className="flex flex-col items-center gap-3">
          <QrCode text={url} label={`QR code of ${url}`} />
          <code className="font-mono text-sm break-all text-ink-soft">{url}</code>
        </div>
      </Dialog>
    </>
  );
}
