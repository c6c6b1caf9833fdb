import { arrange, type LayoutName, PAGE_ALIGNMENT, type StageItem } from '@amphi/layout';
import { useConnection, useSessionState, useSpeakers } from '@amphi/react';
import { useState } from 'react';
import { type OnStage, peopleOnStage } from './people-on-stage.ts';
import { PersonTile } from './person-tile.tsx';
import { useSize } from './use-size.ts';

const LAYOUT_NAMES: readonly LayoutName[] = ['grid', 'active_speaker', 'sidebar', 'picture_in_picture', 'single'];

/**
 * `arrange` says where each tile stands, for people and a canvas; everything else is ours. It is the very code that
 * composes the stream, so this page and the stream can look alike.
 */
export function Stage() {
  const connection = useConnection();
  const people = useSessionState(peopleOnStage);
  const speaker = useSpeakers().at(0);
  const [layout, setLayout] = useState<LayoutName>('grid');
  const [ref, size] = useSize();
  if (connection.status === 'left') {
    return <p role="alert">{'message' in connection.reason ? connection.reason.message : 'You have left.'}</p>;
  }
  const byId = new Map<string, OnStage>(people.map((person) => [person.id, person]));
  const tiles = arrange(people.map(toItem), size, {
    layout,
    tileAspectRatio: '16:9',
    gap: 12,
    align: PAGE_ALIGNMENT,
    ...(speaker === undefined ? {} : { activeId: speaker }),
  });
  return (
    <>
      <div className="controls" role="toolbar" aria-label="Layout">
        {LAYOUT_NAMES.map((name) => (
          <button key={name} type="button" aria-pressed={name === layout} onClick={() => setLayout(name)}>
            {name.replaceAll('_', ' ')}
          </button>
        ))}
      </div>
      <section ref={ref} aria-label="Stage" style={{ position: 'relative', height: '70vh', background: '#111' }}>
        {tiles.map(({ id, ...place }) => (
          <PersonTile key={id} person={byId.get(id)!} place={place} speaks={id === speaker} />
        ))}
      </section>
      {/* Whom a layout has no place for is heard, not seen. */}
      {people.length > tiles.length && <p>and {people.length - tiles.length} more</p>}
    </>
  );
}

function toItem({ id }: OnStage): StageItem {
  return { id, kind: 'person' };
}
