import type { Composition } from '@amphi/client';
import { NOBODY_SPEAKS, planPicture, speakerAfter } from '@amphi/layout';
import { useRoom, useSessionState } from '@amphi/react';
import { StagePicture } from '@amphi/ui';
import { useEffect, useState } from 'react';
import { useWords } from '../words/speaking.tsx';
import { type StreamItem, streamItems } from './stream-items.ts';

/** The stream as it is drawn now, or would be: the same people, planned by the same rules, without their cameras' pictures. */
export function StreamPreview({ composition }: { readonly composition: Composition }) {
  const { customise: words } = useWords();
  const { name } = useRoom();
  const items = useSessionState(streamItems);
  const names = new Map(items.map((item) => [item.id, item.name]));
  const { canvas, tiles } = planPicture(items, composition, useFront(items));
  const { layout, videoAspectRatio, standBy } = composition;
  return (
    <StagePicture
      canvas={canvas}
      tiles={tiles}
      label={
        standBy
          ? words.previewBreak
          : words.preview(words.shapes[videoAspectRatio], words.layouts[layout], tiles.length)
      }
      nameOf={(id) => names.get(id)}
      showNames={composition.showNames}
      backgroundColor={composition.backgroundColor}
      backgroundImage={composition.backgroundImage}
      logo={composition.logo}
      slate={
        <>
          <bdi className="text-base font-semibold">{name}</bdi>
          <bdi className="text-sm">{composition.standByText}</bdi>
        </>
      }
    />
  );
}

/** Who is in front in the stream: held by its own rule. */
function useFront(items: readonly StreamItem[]): string | undefined {
  const speakers = useSessionState((state) => state.speakers);
  const [hold, setHold] = useState(NOBODY_SPEAKS);
  useEffect(() => {
    const speaking = Object.entries(speakers).map(([id, level]) => ({ id, level }));
    setHold((before) =>
      speakerAfter(before, speaking, performance.now(), (id) => items.some((item) => item.id === id)),
    );
  }, [speakers, items]);
  return hold.activeId;
}
