import { Card, Field, Select } from '@amphi/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { peerStatsQuery, type Session } from '../api/rest.ts';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { FigurePlot } from './figure-plot.tsx';
import { figuresOf, SPAN_MS } from './quality.ts';

/** How media of one person fared in a session that is over. */
export function QualityCard({ session }: { session: Session }) {
  const peers = Object.values(session.peers).sort((a, b) => a.joined_at.localeCompare(b.joined_at));
  const [chosen, setChosen] = useState(peers[0]?.id ?? '');
  if (peers.length === 0) return null;
  return (
    <Card title="Quality" data-testid="quality">
      <div className="flex flex-col gap-5">
        <Field label="Person" className="max-w-sm">
          <Select
            value={chosen}
            onValueChange={setChosen}
            options={peers.map(({ id, name, role }) => ({ value: id, label: `${name || 'Without a name'}, ${role}` }))}
            data-testid="quality-peer"
          />
        </Field>
        <PeerQuality key={chosen} sessionId={session.id} peerId={chosen} />
      </div>
    </Card>
  );
}

function PeerQuality({ sessionId, peerId }: { sessionId: string; peerId: string }) {
  const { data, error, refetch } = useQuery(peerStatsQuery(sessionId, peerId));
  if (data === undefined) {
    if (error === null) return <Loading what="the quality" />;
    return <LoadFailed what="the quality" error={error} onRetry={() => void refetch()} />;
  }
  const figures = figuresOf(data);
  if (figures.length === 0) {
    return (
      <p className="text-ink-soft" data-testid="quality-none">
        Nothing was measured: this person only watched the stream, or was there for less than half a minute. Numbers are
        kept for two weeks.
      </p>
    );
  }
  const times = figures.flatMap(({ points }) => points.map(({ at }) => at));
  const span = { from: Math.min(...times), to: Math.max(...times, Math.min(...times) + SPAN_MS) };
  return (
    <div className="grid gap-x-10 gap-y-6 md:grid-cols-2">
      {figures.map((figure) => (
        <FigurePlot key={figure.id} figure={figure} span={span} />
      ))}
    </div>
  );
}
