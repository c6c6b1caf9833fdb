import { Badge, Button, ConfirmDialog, Dialog, IconButton, Spinner } from '@amphi/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Download, Play, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { type Asset, linkToAsset, removeAsset } from '../api/rest.ts';
import { RoomName } from '../sessions/session-rows.tsx';
import { bytesText, dateTimeText, durationText } from '../shell/times.ts';
import { useFailureToast } from '../shell/use-failure-toast.ts';
import { contentText } from './asset-text.ts';

/** Recorded files: play, download, delete. */
export function AssetRows({ assets, namesRoom }: { assets: readonly Asset[]; namesRoom: boolean }) {
  return (
    <ul className="flex flex-col divide-y divide-line" data-testid="assets">
      {assets.map((asset) => (
        <AssetRow key={asset.id} asset={asset} namesRoom={namesRoom} />
      ))}
    </ul>
  );
}

function AssetRow({ asset, namesRoom }: { asset: Asset; namesRoom: boolean }) {
  const [open, setOpen] = useState(false);
  const [asksToDelete, setAsksToDelete] = useState(false);
  const client = useQueryClient();
  const failed = useFailureToast();
  const link = useMutation({
    mutationFn: () => linkToAsset(asset.id),
    onError: failed('There is no link to the file'),
  });
  const removal = useMutation({
    mutationFn: () => removeAsset(asset.id),
    onSuccess: () => client.invalidateQueries({ queryKey: ['assets'] }),
    onError: failed('The file was not deleted'),
  });
  const facts = [durationText(asset.duration * 1000), contentText(asset)].filter((fact) => fact !== '').join(' · ');
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-2 py-3" data-testid="asset">
      <span className="flex min-w-0 flex-1 flex-col gap-0.5">
        <span className="flex flex-wrap items-center gap-2 font-medium">
          {namesRoom ? <RoomName id={asset.room_id} /> : dateTimeText(asset.created_at)}
          {asset.status === 'failed' && <Badge tone="danger">failed</Badge>}
        </span>
        <span className="text-sm text-ink-faint">
          {namesRoom && `${dateTimeText(asset.created_at)} · `}
          {facts} · {bytesText(asset.size)}
        </span>
      </span>
      {asset.status === 'completed' && (
        <span className="flex gap-2">
          <Button
            size="sm"
            icon={<Play />}
            onClick={() => {
              setOpen(true);
              link.mutate();
            }}
            data-testid="asset-play"
          >
            Play
          </Button>
          <Button
            size="sm"
            icon={<Download />}
            busy={link.isPending && !open}
            onClick={() => link.mutate(undefined, { onSuccess: (url) => location.assign(url) })}
            data-testid="asset-download"
          >
            Download
          </Button>
          <IconButton
            label="Delete"
            icon={<Trash2 />}
            disabled={removal.isPending}
            onClick={() => setAsksToDelete(true)}
            data-testid="asset-delete"
          />
        </span>
      )}
      <ConfirmDialog
        open={asksToDelete}
        onOpenChange={setAsksToDelete}
        title="Delete this file?"
        description={`The recording of ${dateTimeText(asset.created_at)}, ${facts}. It cannot be brought back.`}
        confirmLabel="Delete the file"
        onConfirm={() => removal.mutate()}
      />
      <Dialog open={open} onOpenChange={setOpen} title={`Recording of ${dateTimeText(asset.created_at)}`} size="video">
        {link.data === undefined ? (
          <Spinner label="Opening the file…" />
        ) : (
          // biome-ignore lint/a11y/useMediaCaption: recordings have no captions
          <video
            src={link.data}
            controls
            autoPlay
            className="max-h-[70dvh] w-full rounded-control bg-black"
            data-testid="asset-video"
          />
        )}
      </Dialog>
    </li>
  );
}
