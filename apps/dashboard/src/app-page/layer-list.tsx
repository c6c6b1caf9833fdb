import type { HlsLayer } from '@amphi/protocol';

/**
 * The renditions that viewers' players choose from, best first.
 * @param props.reason why the machine has chosen these; null when the destination names them
 * @param props.turning the picture's shape is about to change, and the renditions with it
 */
export function LayerList({
  layers,
  reason,
  turning,
}: {
  layers: readonly HlsLayer[];
  reason: string | null;
  turning: boolean;
}) {
  return (
    <div className="flex flex-col gap-1.5">
      <h3 className="text-sm font-medium">Renditions</h3>
      {layers.length === 0 ? (
        <p className="text-sm text-ink-faint">None: the server has no layers for this destination.</p>
      ) : (
        <ul className="flex flex-col gap-1 text-sm text-ink-soft" data-testid="destination-layers">
          {layers.map((layer) => (
            <li
              key={`${layer.width}x${layer.height}/${layer.videoBitrate}`}
              className="flex flex-wrap gap-x-2 tabular-nums"
            >
              <span className="font-medium text-ink">
                {layer.width} × {layer.height}
              </span>
              <span>
                {bitrate(layer.videoBitrate)} video, {bitrate(layer.audioBitrate)} audio
              </span>
            </li>
          ))}
        </ul>
      )}
      {reason !== null && (
        <p className="text-sm text-ink-soft" data-testid="destination-layers-reason">
          Chosen by this server: {reason}.
        </p>
      )}
      <p className="text-sm text-ink-faint">
        {turning ? 'They take the new shape when you save.' : 'Players pick one by the connection of each viewer.'}
      </p>
    </div>
  );
}

function bitrate(kbps: number): string {
  return kbps >= 1000 ? `${Number((kbps / 1000).toFixed(1))} Mbit/s` : `${kbps} kbit/s`;
}
