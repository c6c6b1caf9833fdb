import type { Composition } from '@amphi/client';
import { planPicture } from '@amphi/layout';
import { useRoom, useSessionState } from '@amphi/react';
import { StagePicture } from '@amphi/ui';
import { areTilesEqual, stageTiles } from '../stage/stage-items.ts';
import { useWords } from '../words/speaking.tsx';

/** The stream as it would be drawn now, of those who are on stage, without their cameras' pictures. */
export function StreamPreview({ composition }: { readonly composition: Composition }) {
  const { customise: words } = useWords();
  const { name } = useRoom();
  const onStage = useSessionState(stageTiles, areTilesEqual);
  const names = new Map(onStage.map((tile) => [tile.id, tile.name]));
  const { canvas, tiles } = planPicture(onStage, composition);
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
